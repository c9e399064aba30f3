#include "protocol/token/behaviour.hpp"

#include <algorithm>
#include <vector>

#include "primitives/abi.hpp"
#include "primitives/keccak.hpp"

namespace osprey::protocol {

namespace {

constexpr uint64_t call_gas = 10'000'000;
constexpr uint64_t searched_positions = 64;
/// ERC-7201 place of OpenZeppelin's upgradeable ERC20: keccak256("openzeppelin.storage.ERC20") as the standard has it.
constexpr u256 namespaced_balances = 0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00_u256;
constexpr u256 hook_registry = 0x1820a4B7618BdE71Dce8cdc73aAB6C95905faD24_u256;

Address address_of(const u256& word) noexcept {
    uint8_t bytes[32];
    store_be32(bytes, word);
    Address address;
    std::copy(bytes + 12, bytes + 32, address.data());
    return address;
}
u256 word_of(const Address& address) noexcept { return load_be({address.data(), 20}); }

u256 hashed(const u256& a, const u256& b) {
    uint8_t words[64];
    store_be32(words, a);
    store_be32(words + 32, b);
    return load_be32(keccak256(BytesView{words, 64}).data());
}

/// Two who have no code and no history.
const Address receiver = address_of(0x7a3c0f5d1e9b486d2c8f1a6b3e5d7c9081f2a4b6_u256);
const Address somebody = address_of(0x5d2e8c1b7f3a496e0d8c2b5a7f1e3d6c9b0a4f82_u256);

class Watcher final : public evm::Tracer {
public:
    struct Read {
        Address contract;
        u256 slot;
        bool operator==(const Read&) const = default;
    };
    std::vector<Read> reads;
    std::vector<Address> called;

    void call_start(const CallStart& call) override { called.push_back(call.to); }
    void storage_access(const state::Account& account, const state::Slot& slot) override {
        const Read read{account.address, slot.key};
        if (std::ranges::find(reads, read) == reads.end()) reads.push_back(read);
    }
    void clear() {
        reads.clear();
        called.clear();
    }
};

class Examination {
public:
    Examination(state::Reader& base, const evm::BlockEnv& block, evm::Machine& machine, const Address& token)
        : state_(base), block_(block), machine_(machine), token_(token) {
        machine_.set_tracer(&watcher_);
    }
    ~Examination() { machine_.set_tracer(nullptr); }
    Examination(const Examination&) = delete;
    Examination& operator=(const Examination&) = delete;

    Result<TokenBehaviour> run(Address holder) {
        if (holder == Address{} && !fill(holder)) return finish();
        const auto held = balance(holder);
        if (!held || !*held) return finish();
        said_.examined = true;
        find_rebasing(holder, *held);
        said_.pausable = ask("paused()", {}).has_value();
        for (const char* name : {"isBlackListed(address)", "isBlacklisted(address)", "isFrozen(address)"})
            said_.has_blacklist |= ask(name, {word_of(receiver)}).has_value();

        // As much as a trade may be, and a number that a fee does not divide.
        const u256 amount = std::max(*held / u256{3}, u256{1});
        const auto bought = move(holder, receiver, amount);
        said_.transfer_reverts = !bought;
        if (!bought || !*bought) return finish();
        const auto sold = move(receiver, holder, *bought);
        said_.honeypot = !sold;
        return finish();
    }

private:
    Result<TokenBehaviour> finish() {
        if (state_.fault()) return std::unexpected(*state_.fault());
        return said_;
    }

    std::optional<Bytes> call(const Address& from, const Bytes& data, bool is_static) {
        watcher_.clear();
        auto result = machine_.call(
            state_, block_,
            {.from = from, .to = token_, .value = {}, .data = data, .gas = call_gas, .is_static = is_static});
        state_.end_transaction(true);
        if (result.status != evm::Status::success) return std::nullopt;
        return std::move(result.output);
    }
    std::optional<u256> ask(std::string_view signature, std::initializer_list<u256> words) {
        const auto output = call(somebody, abi::call(abi::selector(signature), words), true);
        if (!output || output->size() != abi::word_size) return std::nullopt;
        return abi::word_at(*output, 0);
    }
    std::optional<u256> balance(const Address& of) { return ask("balanceOf(address)", {word_of(of)}); }

    void write(const Address& contract, const u256& slot, const u256& value) {
        state::Account& account = state_.account(contract);
        state_.set_slot(state_.slot(account, slot), value);
    }
    u256 stored(const Address& contract, const u256& slot) { return state_.slot(state_.account(contract), slot).value; }

    /// A balance for `somebody`, in the slot that balanceOf reads for him.
    bool fill(Address& holder) {
        constexpr u256 sample = 0x0123456789abcdef0123_u256;
        if (!balance(somebody)) return false;
        const auto reads = watcher_.reads;
        const u256 who = word_of(somebody);
        std::vector<u256> places{hashed(who, namespaced_balances)};
        for (uint64_t i = 0; i < searched_positions; ++i) {
            places.push_back(hashed(who, u256{i}));
            places.push_back(hashed(u256{i}, who));
        }
        for (const auto& read : reads) {
            if (std::ranges::find(places, read.slot) == places.end()) continue;
            write(read.contract, read.slot, sample);
            holder = somebody;
            return true;
        }
        return false;
    }

    /// Balances that another slot than the holder's own scales, or that pass with time.
    void find_rebasing(const Address& holder, const u256& held) {
        static_cast<void>(balance(holder));
        const auto own = watcher_.reads;
        static_cast<void>(balance(receiver));
        const auto others = watcher_.reads;
        for (const auto& read : own) {
            // What both balances are read from is nobody's own.
            if (std::ranges::find(others, read) == others.end()) continue;
            state::Overlay::Savepoint savepoint{state_};
            const u256 value = stored(read.contract, read.slot);
            // Addresses of implementations and flags make no number: only a balance that scales counts.
            write(read.contract, read.slot, value + (value >> 3) + u256{1});
            const auto changed = balance(holder);
            if (changed && *changed && *changed != held && *changed < held * u256{2} && *changed > held / u256{2})
                said_.rebases = true;
            savepoint.rollback();
        }
        block_.timestamp += 86'400;
        const auto tomorrow = balance(holder);
        if (tomorrow && *tomorrow != held) said_.rebases = true;
        block_.timestamp -= 86'400;
    }

    /// What arrives; nothing when it reverts or moves nothing.
    std::optional<u256> move(const Address& from, const Address& to, const u256& amount) {
        const auto had = balance(from), before = balance(to);
        const auto output =
            call(from, abi::call(abi::selector("transfer(address,uint256)"), {word_of(to), amount}), false);
        if (!output || !had || !before) return std::nullopt;
        for (const Address& called : watcher_.called)
            said_.has_hooks |= called == to || called == from || word_of(called) == hook_registry;
        const auto after = balance(to), left = balance(from);
        if (!after || !left || *after < *before) return std::nullopt;
        said_.returns_nothing |= output->empty();
        const u256 arrived = *after - *before;
        if (output->size() >= abi::word_size && !abi::word_at(*output, 0)) {
            // With nothing moved it is the old way of refusing.
            if (!arrived) return std::nullopt;
            said_.returns_false = true;
        }
        // A fee may also be taken from the sender on top.
        const u256 gone = *had - *left;
        const u256 missing = (arrived < amount ? amount - arrived : u256{}) + (gone > amount ? gone - amount : u256{});
        if (!missing) return arrived;
        if (missing <= u256{4} && amount > u256{1'000'000}) {
            said_.rounds = true;
        } else {
            said_.takes_fee = true;
            const u256 millionths = (missing * u256{1'000'000} - u256{1}) / amount + u256{1};
            said_.fee = std::max(said_.fee, static_cast<uint32_t>(std::min(millionths, u256{1'000'000}).w[0]));
        }
        return arrived;
    }

    state::Overlay state_;
    evm::BlockEnv block_;
    evm::Machine& machine_;
    Address token_;
    Watcher watcher_;
    TokenBehaviour said_;
};

}  // namespace

std::string TokenBehaviour::why_not() const {
    if (!examined) return "its behaviour could not be examined";
    if (transfer_reverts) return "its transfers revert";
    if (honeypot) return "it can be bought and not be sold";
    if (takes_fee) return "takes a fee on transfer";
    if (returns_false) return "its transfers return false";
    if (rebases || rounds) return "its balances change without transfers";
    if (has_hooks) return "calls sender or receiver on transfer";
    return {};
}

Result<TokenBehaviour> examine(state::Reader& base, const evm::BlockEnv& block, evm::Machine& machine,
                               const Address& token, const Address& holder) {
    return Examination{base, block, machine, token}.run(holder);
}

}  // namespace osprey::protocol
