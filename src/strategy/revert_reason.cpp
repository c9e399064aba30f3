#include "strategy/revert_reason.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::strategy {

namespace {

constexpr uint32_t error_selector = 0x08c379a0;  // Error(string)
constexpr uint32_t panic_selector = 0x4e487b71;  // Panic(uint256)

struct Named {
    std::string_view signature, meaning;
};
// contracts/src/Errors.sol; then IPoolManager, IHooks and CurrencyLibrary of @uniswap/v4-core 1.0.2.
constexpr Named named[] = {
    {"NotOwner()", "only the executor's owner may do that"},
    {"NotOperator()", "only the executor's operator may run it"},
    {"IsPaused()", "the executor is paused"},
    {"Busy()", "the executor runs already"},
    {"MalformedProgram()", "the executor's program is malformed"},
    {"UnexpectedCallback()", "the executor was called back by somebody whom it had not called"},
    {"CallbackMissing()", "a pool or lender returned without calling back"},
    {"AskedTooMuch()", "a pool or lender asks for more than was agreed"},
    {"NoCode(address)", "nothing stands at a called address"},
    {"TokenRefused(address)", "a token refused a transfer or an approval"},
    {"NativeTransferFailed(address)", "native coin could not be sent"},
    {"InsufficientGrowth(uint256,uint256)", "the profit token grew by less than demanded"},
    {"CurrencyNotSettled()", "the V4 manager's account is not settled"},
    {"PoolNotInitialized()", "the V4 pool does not exist"},
    {"ManagerLocked()", "the V4 manager is locked"},
    {"AlreadyUnlocked()", "the V4 manager is unlocked already"},
    {"SwapAmountCannotBeZero()", "a V4 swap of nothing"},
    {"HookCallFailed()", "the V4 pool's hook failed"},
};

std::string printable(std::string text) {
    for (char& c : text)
        if (c < ' ' || c > '~') c = '?';
    return text;
}

std::string panic(const u256& code) {
    switch (code.fits_u64() ? code.w[0] : 0) {
        case 0x01:
            return "an assertion failed";
        case 0x11:
            return "arithmetic overflow";
        case 0x12:
            return "division by zero";
        case 0x32:
            return "an index is out of bounds";
        default:
            return "panic " + to_hex(to_hash(code));
    }
}

std::string arguments(std::string_view signature, BytesView words) {
    std::string text;
    const bool addresses = signature.find("address") != std::string_view::npos;
    for (size_t i = 0; abi::has_words(words, i + 1); ++i) {
        text += text.empty() ? ": " : ", ";
        text += addresses ? to_hex(abi::address_at(words, i)) : to_string(abi::word_at(words, i));
    }
    return text;
}

}  // namespace

std::string reason_of(evm::Status status, BytesView output) {
    if (status != evm::Status::revert) return std::string{evm::message_of(status)};
    if (output.empty()) return "reverted without a reason";
    const uint32_t selector = abi::selector_of(output);
    const BytesView body = output.size() > 4 ? output.subspan(4) : BytesView{};
    if (selector == error_selector) {
        static const std::vector<abi::Type> types{*abi::parse_type("string")};
        if (const auto values = abi::decode(types, body)) return printable(values->front().string());
    }
    if (selector == panic_selector && abi::has_words(body, 1)) return panic(abi::word_at(body, 0));
    static const auto by_selector = [] {
        std::unordered_map<uint32_t, const Named*> table;
        for (const Named& n : named) table.emplace(abi::selector(n.signature), &n);
        return table;
    }();
    if (const auto at = by_selector.find(selector); at != by_selector.end())
        return std::string{at->second->meaning} + arguments(at->second->signature, body);
    return "reverted with " + to_hex(output.first(std::min<size_t>(output.size(), 68)));
}

}  // namespace osprey::strategy
