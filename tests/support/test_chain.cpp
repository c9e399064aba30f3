#include "support/test_chain.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "evm/fork.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "support/test_data.hpp"

namespace osprey::test {

namespace {

constexpr uint64_t call_gas = 1'000'000'000;

/// The bytes that Solidity's Error(string) carries, else hex.
std::string reason(BytesView output) {
    if (abi::selector_of(output) == 0x08c379a0 && output.size() >= 4 + 64) {
        const size_t length = static_cast<size_t>(abi::word_at(output.subspan(4), 1).w[0]);
        if (output.size() >= 4 + 64 + length) return {reinterpret_cast<const char*>(output.data()) + 68, length};
    }
    return to_hex(output);
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("no " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

/// `rest`: in place of all libraries that are not named; none: there are none.
Bytes bytecode_in(const std::filesystem::path& file, const std::optional<Address>& rest = {},
                  const std::vector<LinkedLibrary>& named = {}) {
    const std::string text = text_of(file);
    auto bytes = rest ? creation_code(text, named, *rest) : creation_code(text, named);
    if (!bytes) throw std::runtime_error(file.string() + ": " + bytes.error().message);
    return std::move(*bytes);
}

}  // namespace

u256 CallOutcome::word(size_t index) const {
    if (!success || !abi::has_words(output, index + 1)) throw std::runtime_error("no such word: " + reason(output));
    return abi::word_at(output, index);
}

TestChain::TestChain() : state_(std::make_unique<state::Overlay>(empty_)) {
    block_.fork = evm::Fork::osaka;
    block_.number = 1;
    block_.timestamp = 1'700'000'000;
    block_.gas_limit = UINT64_MAX;
    me_ = address_of(u256{0x3e});
    set_balance(me_, u256{1} << 200);
}

TestChain::TestChain(const chain::Record& record) : TestChain() {
    state_ = std::make_unique<state::Overlay>(record.state());
    if (const auto* spec = evm::find_chain(record.chain_id)) block_ = evm::block_env(*spec, record.block.header);
    block_.number = record.number;
    block_.timestamp = record.block.header.timestamp;
    set_balance(me_, u256{1} << 200);
}

CallOutcome TestChain::run(const Address& from, const Address& to, const Bytes& calldata, const u256& value,
                           bool is_static) {
    auto result = machine_.call(
        *state_, block_,
        {.from = from, .to = to, .value = value, .data = calldata, .gas = call_gas, .is_static = is_static});
    return {.success = result.status == evm::Status::success,
            .output = std::move(result.output),
            .logs = std::move(result.logs),
            .gas_used = result.gas_used};
}

CallOutcome TestChain::call_from(const Address& from, const Address& to, const Bytes& calldata, const u256& value) {
    CallOutcome outcome = run(from, to, calldata, value, false);
    state_->end_transaction(true);
    if (state_->fault()) throw std::runtime_error(state_->fault()->message);
    return outcome;
}

CallOutcome TestChain::call(const Address& to, const Bytes& calldata, const u256& value) {
    return call_from(me_, to, calldata, value);
}

CallOutcome TestChain::must(const Address& to, const Bytes& calldata, const u256& value) {
    CallOutcome outcome = call(to, calldata, value);
    if (!outcome.success) throw std::runtime_error("call of " + to_hex(to) + " failed: " + reason(outcome.output));
    return outcome;
}

CallOutcome TestChain::view(const Address& to, const Bytes& calldata) {
    CallOutcome outcome;
    undone([&] { outcome = run(me_, to, calldata, {}, true); });
    return outcome;
}

CallOutcome TestChain::attempt(const Address& to, const Bytes& calldata, const u256& value) {
    CallOutcome outcome;
    undone([&] { outcome = run(me_, to, calldata, value, false); });
    return outcome;
}

void TestChain::undone(const std::function<void()>& body) {
    state::Overlay::Savepoint savepoint{*state_};
    body();
    savepoint.rollback();
}

Address TestChain::deploy(const Bytes& creation_code, BytesView arguments) {
    Transaction tx;
    tx.sender = me_;
    tx.gas_limit = call_gas;
    tx.data = creation_code;
    tx.data.insert(tx.data.end(), arguments.begin(), arguments.end());
    // Contracts over EIP-170's size and long creation codes are for the chain that this is not.
    auto block = block_;
    if (tx.data.size() > 49152) block.fork = evm::Fork::cancun;
    tx.nonce = state_->account(me_).nonce;
    const auto result = machine_.transact(*state_, block, tx, {.unchecked = true});
    if (!result) throw std::runtime_error(result.error().message);
    if (!result->success() || !result->contract_address)
        throw std::runtime_error("deployment failed: " + reason(result->output));
    ++deployed_;
    return *result->contract_address;
}

u256 TestChain::slot(const Address& contract, const u256& key) {
    return state_->slot(state_->account(contract), key).value;
}

void TestChain::set_slot(const Address& contract, const u256& key, const u256& value) {
    state::Account& account = state_->account(contract);
    state_->set_slot(state_->slot(account, key), value);
}

void TestChain::set_code(const Address& contract, const Bytes& code) {
    state_->set_code(state_->account(contract), std::make_shared<const Bytes>(code), keccak256(code));
}

void TestChain::set_balance(const Address& account, const u256& wei) {
    state::Account& a = state_->account(account);
    state_->touch(a);
    state_->set_balance(a, wei);
}

std::unique_ptr<protocol::Pool> TestChain::build(const protocol::Family& family, const protocol::PoolKey& key) {
    protocol::Answers answers;
    for (int round = 0; round < 64; ++round) {
        protocol::Built built = family.build(key, answers);
        if (built.pool) built.pool->set_time(block_.timestamp);
        if (built.status != protocol::Built::Status::incomplete) return std::move(built.pool);
        const auto missing = answers.missing();
        if (missing.empty()) throw std::runtime_error("incomplete, and nothing is missing");
        for (const auto& need : missing) {
            if (!need.is_call()) {
                answers.give_slot(need.contract, need.slot, slot(need.contract, need.slot));
                continue;
            }
            CallOutcome outcome = view(need.contract, need.calldata);
            answers.give_call(need.contract, need.calldata, outcome.success, std::move(outcome.output));
        }
    }
    throw std::runtime_error("the family asks without end");
}

Bytes calldata(std::string_view signature, std::initializer_list<u256> words) {
    return abi::call(abi::selector(signature), words);
}

u256 word_of(const Address& address) { return load_be({address.data(), 20}); }

Address address_of(const u256& word) {
    uint8_t bytes[32];
    store_be32(bytes, word);
    Address address;
    std::copy(bytes + 12, bytes + 32, address.data());
    return address;
}

u256 mapping_slot(const u256& key, const u256& slot) {
    uint8_t words[64];
    store_be32(words, key);
    store_be32(words + 32, slot);
    return load_be32(keccak256(BytesView{words, 64}).data());
}

Bytes npm_bytecode(std::string_view path, const std::optional<Address>& library) {
    return bytecode_in(std::filesystem::path{OSPREY_PROTOCOLS_NPM} / path, library);
}

Bytes npm_bytecode(std::string_view path, const std::vector<LinkedLibrary>& libraries) {
    return bytecode_in(std::filesystem::path{OSPREY_PROTOCOLS_NPM} / path, Address{}, libraries);
}

Bytes own_bytecode(std::string_view contract) {
    return bytecode_in(std::filesystem::path{OSPREY_TEST_CONTRACTS_OWN} / (std::string{contract} + ".json"));
}

Bytes built_bytecode(std::string_view contract) {
    return bytecode_in(std::filesystem::path{OSPREY_PROTOCOLS_BUILT} / (std::string{contract} + ".json"));
}

std::vector<std::filesystem::path> recorded_blocks(std::string_view folder) {
    const std::filesystem::path data = test_data(folder);
    if (!std::filesystem::is_directory(data)) return {};
    const std::filesystem::path paths[] = {data};
    auto records = chain::find_records(paths);
    if (!records) throw std::runtime_error(records.error().message);
    return std::move(*records);
}

Bytes recorded_code(uint64_t block, const Address& contract) {
    for (const auto& path : recorded_blocks()) {
        if (!path.filename().string().starts_with(std::to_string(block) + ".")) continue;
        const auto record = chain::load_record(path);
        if (!record) throw std::runtime_error(record.error().message);
        state::Overlay state{record->state()};
        if (const auto& code = state.code(state.account(contract)); code && !code->empty()) return *code;
    }
    return {};
}

size_t cases(size_t reduced, size_t full) { return std::getenv("OSPREY_FULL_TESTS") != nullptr ? full : reduced; }

}  // namespace osprey::test
