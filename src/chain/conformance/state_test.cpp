// State tests: one transaction on a given state, under the rules of each fork that the test names.

#include <fmt/format.h>

#include "chain/conformance/cases.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "primitives/rlp.hpp"

namespace osprey::chain {

namespace {

Hash logs_hash(std::span<const Log> logs) {
    rlp::Writer out;
    const auto all = out.begin_list();
    for (const Log& log : logs) {
        const auto one = out.begin_list();
        out.bytes(log.address);
        const auto topics = out.begin_list();
        for (const Hash& topic : log.topics) out.bytes(topic);
        out.end_list(topics);
        out.bytes(log.data);
        out.end_list(one);
    }
    out.end_list(all);
    return keccak256(out.view());
}

Result<evm::TransactResult> transact(evm::Machine& machine, state::Overlay& overlay, const StateCase& c) {
    if (!c.transaction) return std::unexpected(c.transaction.error());
    evm::TransactOptions options;
    options.block_gas_left = c.env.gas_limit;
    options.block_blob_gas_left = c.env.blobs.max * evm::gas_per_blob;
    return machine.transact(overlay, c.env, *c.transaction, options);
}

}  // namespace

std::optional<std::string> run_case(evm::Machine& machine, state::Overlay& overlay, const state::StateTrie& pre,
                                    const StateCase& c) {
    const auto done = transact(machine, overlay, c);
    if (overlay.fault()) return overlay.fault()->message;
    // The miner's reward of 0, which a block around the transaction would bring: it touches the account.
    overlay.begin_transaction();
    overlay.touch(overlay.account(c.env.coinbase));
    overlay.end_transaction(c.env.fork >= evm::Fork::spurious_dragon);
    state::StateTrie trie = pre;
    if (auto applied = trie.apply(overlay.changes()); !applied) return applied.error().message;

    if (done && !c.exception.empty()) return "the transaction was accepted, expected " + c.exception;
    if (!done && c.exception.empty()) return "the transaction was refused: " + done.error().message;
    const std::string how =
        !done ? "refused: " + done.error().message
              : fmt::format("{}, gas {}", done->success() ? "success" : message_of(done->status), done->gas_used);
    if (const Hash root = trie.root(); root != c.state_root)
        return fmt::format("state root {}, expected {} ({})", to_hex(root), to_hex(c.state_root), how);
    if (const Hash logs = logs_hash(done ? done->logs : std::vector<Log>{}); logs != c.logs_hash)
        return fmt::format("logs hash {}, expected {} ({})", to_hex(logs), to_hex(c.logs_hash), how);
    return std::nullopt;
}

void run_state_test(evm::Machine& machine, std::string_view name, JsonElement test, const WantsNetwork& wanted,
                    FileOutcome& out) {
    const auto read = StateTest::read(test);
    if (!read) return out.fail(name, {}, read.error().message);
    state::StateTrie pre;
    (void)pre.apply(all_of(read->pre().accounts));  // cannot fail: there are no nodes to load
    pre.root();                                     // hashes everything once, for all the copies
    state::Overlay overlay{read->pre()};

    const auto each = [&](std::string_view fork, Result<StateCase> c) {
        if (!c) return out.fail(name, fork, c.error().message);
        overlay.reset(read->pre());
        if (auto what = run_case(machine, overlay, pre, *c))
            out.failures.push_back({{}, std::string{name}, c->fork, c->at, std::move(*what)});
        else
            ++out.passed;
    };
    if (auto done = read->for_each_case(wanted, each, out.unknown_forks); !done)
        out.fail(name, {}, done.error().message);
}

}  // namespace osprey::chain
