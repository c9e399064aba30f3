#include "local_market/session.hpp"

#include <fmt/format.h>

#include "chain/rpc/eth.hpp"
#include "primitives/hex.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey::local_market {

namespace {

/// Nothing here is asked twice: a second try would find the transaction or the block already there.
constexpr chain::RpcOptions once{
    .deadline = std::chrono::seconds{60}, .attempt = std::chrono::seconds{60}, .attempts = 1};

Result<std::vector<Hash>> transactions_of(std::string_view block) {
    const auto document = JsonDocument::parse(block);
    if (!document) return std::unexpected(document.error());
    std::vector<Hash> hashes;
    JsonObject object{document->root()};
    object.required("transactions", hashes);
    if (auto status = object.end(); !status) return std::unexpected(status.error().to_error());
    return hashes;
}

}  // namespace

Result<Session> Session::start(const SessionOptions& options) {
    Session session;
    session.chain_id_ = options.chain_id;
    auto node = chain::LocalNode::start(
        {.program = options.program,
         .arguments = {"--no-mining", "--order", "fees", "--hardfork", "osaka", "--chain-id",
                       std::to_string(options.chain_id), "--timestamp", std::to_string(options.genesis_time),
                       "--accounts", "1", "--prune-history", std::to_string(options.kept_states),
                       "--transaction-block-keeper", std::to_string(options.kept_states), "--no-request-size-limit",
                       "--threads", "1"},
         .ipc_path = {}});
    if (!node) return std::unexpected(std::move(node).error());
    session.node_ = std::move(*node);
    // Without EIP-2935's contract its system call does nothing, as the EIP has it. With it each block would write
    // another of 8191 slots, all of which the node hashes again for every block's state root.
    const chain::RpcRequest rules[] = {{"anvil_setBlockTimestampInterval", fmt::format("[{}]", options.block_seconds)},
                                       {"anvil_setCode", R"(["0x0000f90827f1c53a10cb7a02335b175320002935","0x"])"}};
    if (auto set = session.ask(rules); !set) return std::unexpected(std::move(set).error());
    return session;
}

Result<std::vector<std::string>> Session::ask(std::span<const chain::RpcRequest> requests) {
    std::vector<std::string> results;
    results.reserve(requests.size());
    size_t at = 0;
    for (auto& reply : node_->rpc()->batch(requests, once)) {
        if (!reply) return fail(requests[at].method + ": " + reply.error().message);
        results.push_back(std::move(*reply));
        ++at;
    }
    return results;
}

Result<std::string> Session::ask(std::string method, std::string params) {
    const chain::RpcRequest request{std::move(method), std::move(params)};
    auto results = ask({&request, 1});
    if (!results) return std::unexpected(std::move(results).error());
    return std::move((*results)[0]);
}

Result<void> Session::send(std::span<const Transaction* const> transactions) {
    if (transactions.empty()) return {};
    std::vector<chain::RpcRequest> requests;
    requests.reserve(transactions.size());
    for (const Transaction* tx : transactions)
        requests.push_back({"eth_sendRawTransaction", "[\"" + to_hex(encode(*tx)) + "\"]"});
    auto sent = ask(requests);
    if (!sent) return std::unexpected(std::move(sent).error());
    return {};
}

Result<NewBlock> Session::mine() {
    if (auto mined = ask("evm_mine", "[]"); !mined) return std::unexpected(std::move(mined).error());
    const chain::RpcRequest requests[] = {{"eth_getBlockByNumber", R"(["latest",false])"},
                                          {"eth_getBlockReceipts", R"(["latest"])"}};
    const auto answers = ask(requests);
    if (!answers) return std::unexpected(answers.error());
    auto header = chain::parse_header((*answers)[0]);
    if (!header) return std::unexpected(std::move(header).error());
    auto hashes = transactions_of((*answers)[0]);
    if (!hashes) return std::unexpected(std::move(hashes).error());
    auto receipts = parse_receipts((*answers)[1]);
    if (!receipts) return std::unexpected(std::move(receipts).error());
    if (receipts->size() != hashes->size())
        return fail(fmt::format("block {}: {} transactions and {} receipts", header->header.number, hashes->size(),
                                receipts->size()));
    return NewBlock{std::move(header->header), header->hash, std::move(*hashes), std::move(*receipts)};
}

Result<Bytes> Session::view(const Address& to, const Bytes& data) {
    const auto answer =
        ask("eth_call", fmt::format(R"([{{"to":"{}","data":"{}"}},"latest"])", to_hex(to), to_hex(data)));
    if (!answer) return std::unexpected(answer.error());
    const auto text = chain::plain_string(*answer);
    if (!text) return std::unexpected(text.error());
    return parse_hex(*text);
}

Result<void> Session::set_balances(std::span<const Address> accounts, const u256& wei) {
    std::vector<chain::RpcRequest> requests;
    for (const Address& account : accounts)
        requests.push_back({"anvil_setBalance", fmt::format(R"(["{}","{}"])", to_hex(account), to_hex_quantity(wei))});
    if (auto done = ask(requests); !done) return std::unexpected(std::move(done).error());
    return {};
}

}  // namespace osprey::local_market
