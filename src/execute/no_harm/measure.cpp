#include "execute/no_harm/measure.hpp"

#include "primitives/abi.hpp"

namespace osprey::execute {

namespace {

constexpr uint32_t balance_of_selector = 0x70a08231;  // balanceOf(address)
/// More than any token needs that can be used in a transaction.
constexpr uint64_t balance_gas = 1'000'000;

}  // namespace

std::optional<u256> Measurer::balance_of(const Address& token, const Address& holder) {
    const Bytes calldata = abi::call(balance_of_selector, {to_u256(holder)});
    // Asked as the holder asks: some contracts answer their owner alone.
    const auto answer = machine_->call(
        what_if_, *block_,
        {.from = holder, .to = token, .value = {}, .data = calldata, .gas = balance_gas, .is_static = true});
    if (answer.status != evm::Status::success || answer.output.size() != abi::word_size) return std::nullopt;
    return abi::word_at(answer.output, 0);
}

bool Measurer::is_contract(const Address& address) {
    state::Account& account = what_if_.account(address);
    if (!account.has_code()) return false;
    const Bytes& code = *what_if_.code(account);
    return !(code.size() == 23 && code[0] == 0xef && code[1] == 0x01 && code[2] == 0x00);
}

Measurement Measurer::measure(std::span<const Address> accounts, std::span<const Address> tokens) {
    look_again();
    Measurement all(accounts.size());
    for (size_t i = 0; i < accounts.size(); ++i) {
        const state::Account& account = what_if_.account(accounts[i]);
        all[i].native = account.balance;
        all[i].nonce = account.nonce;
        all[i].code_hash = account.code_hash;
        all[i].tokens.reserve(tokens.size());
        for (const Address& token : tokens) all[i].tokens.push_back(balance_of(token, accounts[i]));
    }
    return all;
}

std::vector<Address> Measurer::that_answer(std::span<const Address> contracts, const Address& holder) {
    std::vector<Address> tokens;
    for (const Address& contract : contracts)
        if (what_if_.account(contract).has_code() && balance_of(contract, holder)) tokens.push_back(contract);
    return tokens;
}

}  // namespace osprey::execute
