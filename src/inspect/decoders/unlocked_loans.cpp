// Loans of Uniswap V4's PoolManager and Balancer V3's Vault. Both keep accounts between unlock() and its end, where
// they have to be even: whoever takes tokens before having them to its credit, and pays them back in the same token,
// has borrowed them. Paid back by a swap it is a flash swap, which is among the swaps. Source: v4-core PoolManager.sol
// (take, settle, swap, modifyLiquidity) and Currency reserves; balancer-v3 VaultMain.sol and VaultAdmin.sol (sendTo,
// settle, swap), whose accounts are the Vault's and not a caller's.

#include <algorithm>

#include "inspect/decoders/decoder.hpp"

namespace osprey::inspect {

namespace {

/// What an account has to its credit in one token (two's complement), and what it has taken beyond that.
struct Account {
    Address owner;  ///< zero: the Vault's one account
    Address token;
    u256 credit;
    std::vector<FlashLoan> open;  ///< not paid back yet
    u256 paid;                    ///< of the first of these
};

class Accounts {
public:
    explicit Accounts(Scene& scene) : scene_(scene) {}

    void add(const Address& owner, const Address& token, const u256& change) { of(owner, token).credit += change; }
    void take(Protocol protocol, uint32_t call, const Address& owner, const Address& to, const Address& token,
              const u256& amount) {
        Account& account = of(owner, token);
        const u256 had = account.credit.is_negative() ? u256{} : account.credit;
        account.credit -= amount;
        if (amount <= had) return;
        account.open.push_back({.protocol = protocol,
                                .tx = scene_.tx(),
                                .call = call,
                                .lender = scene_.call().to,
                                .borrower = to,
                                .token = token,
                                .amount = amount - had});
    }
    void settle(const Address& owner, const Address& token, const u256& paid) {
        Account& account = of(owner, token);
        account.credit += paid;
        account.paid = account.open.empty() ? u256{} : account.paid + paid;
        while (!account.open.empty() && account.open.front().amount <= account.paid) {
            account.paid -= account.open.front().amount;
            scene_.actions().flash_loans.push_back(account.open.front());
            account.open.erase(account.open.begin());
        }
    }

private:
    Account& of(const Address& owner, const Address& token) {
        const auto found =
            std::ranges::find_if(accounts_, [&](const Account& a) { return a.owner == owner && a.token == token; });
        return found != accounts_.end() ? *found : accounts_.emplace_back(Account{owner, token, {}, {}, {}});
    }

    Scene& scene_;
    std::vector<Account> accounts_;
};

/// A call below an unlock() to the contract that was unlocked.
struct Entry {
    const Call& call;
    uint32_t index;
    BytesView args, output;

    bool has(size_t count) const noexcept { return abi::has_words(args, count); }
    bool returns(size_t count) const noexcept { return abi::has_words(output, count); }
    u256 word(size_t i) const noexcept { return abi::word_at(args, i); }
    u256 returned(size_t i) const noexcept { return abi::word_at(output, i); }
    Address address(size_t i) const noexcept { return abi::address_at(args, i); }
    /// V4's zero is the native coin.
    Address currency(size_t i) const noexcept { return address(i) ? address(i) : native_coin; }
};

/// Entries of the PoolManager.
class Manager {
public:
    explicit Manager(Scene& scene) : accounts_(scene) {}

    void read(const Entry& e, uint32_t selector) {
        static const uint32_t take = abi::selector("take(address,address,uint256)"), settle = abi::selector("settle()"),
                              settle_for = abi::selector("settleFor(address)"), sync = abi::selector("sync(address)"),
                              mint = abi::selector("mint(address,uint256,uint256)"),
                              burn = abi::selector("burn(address,uint256,uint256)"),
                              clear = abi::selector("clear(address,uint256)"),
                              swap = abi::selector(
                                  "swap((address,address,uint24,int24,address),(bool,int256,uint160),bytes)"),
                              modify = abi::selector(
                                  "modifyLiquidity((address,address,uint24,int24,address),(int24,int24,int256,"
                                  "bytes32),bytes)"),
                              donate =
                                  abi::selector("donate((address,address,uint24,int24,address),uint256,uint256,bytes)");
        const Address& who = e.call.from;
        if (selector == take && e.has(3)) {
            accounts_.take(Protocol::uniswap_v4, e.index, who, e.address(1), e.currency(0), e.word(2));
        } else if ((selector == settle || (selector == settle_for && e.has(1))) && e.returns(1)) {
            accounts_.settle(selector == settle ? who : e.address(0), e.call.value ? native_coin : synced_,
                             e.returned(0));
            synced_ = native_coin;
        } else if (selector == sync && e.has(1)) {
            synced_ = e.currency(0);
        } else if ((selector == mint || selector == burn) && e.has(3)) {  // claims: the id is the currency
            const Address currency = to_address(e.word(1)) ? to_address(e.word(1)) : native_coin;
            accounts_.add(who, currency, selector == mint ? -e.word(2) : e.word(2));
        } else if (selector == clear && e.has(2)) {
            accounts_.add(who, e.currency(0), -e.word(1));
        } else if ((selector == swap || selector == modify || selector == donate) && e.has(5) && e.returns(1)) {
            accounts_.add(who, e.currency(0), half(e.returned(0) >> 128));
            accounts_.add(who, e.currency(1), half(u256{e.returned(0).w[0], e.returned(0).w[1], 0, 0}));
        }
    }

private:
    /// BalanceDelta has two amounts of 128 bits, two's complement.
    static u256 half(u256 low) noexcept {
        if ((low.w[1] >> 63) != 0) low.w[2] = low.w[3] = ~uint64_t{0};
        return low;
    }

    Accounts accounts_;
    Address synced_ = native_coin;
};

/// Entries of the Vault.
class Vault {
public:
    explicit Vault(Scene& scene) : accounts_(scene) {}

    void read(const Entry& e, uint32_t selector) {
        static const uint32_t send = abi::selector("sendTo(address,address,uint256)"),
                              settle = abi::selector("settle(address,uint256)"),
                              swap = abi::selector("swap((uint8,address,address,address,uint256,uint256,bytes))"),
                              remove =
                                  abi::selector("removeLiquidity((address,address,uint256,uint256[],uint8,bytes))"),
                              wrap = abi::selector("erc4626BufferWrapOrUnwrap((uint8,uint8,address,uint256,uint256))");
        if (selector == send && e.has(3) && told_) {
            accounts_.take(Protocol::balancer_v3, e.index, {}, e.address(1), e.address(0), e.word(2));
        } else if (selector == settle && e.has(2) && e.returns(1)) {
            accounts_.settle({}, e.address(0), e.returned(0));
        } else if (selector == swap && e.has(8) && e.returns(3)) {
            accounts_.add({}, e.address(3), -e.returned(1));
            accounts_.add({}, e.address(4), e.returned(2));
        } else if (selector == remove || selector == wrap) {
            told_ = false;  // they give credit in tokens that the call does not name
        }
    }

private:
    Accounts accounts_;
    bool told_ = true;
};

/// unlock(bytes), of both.
void decode_unlock(Scene& scene) {
    const BlockView& view = scene.view();
    Manager manager{scene};
    Vault vault{scene};
    for (uint32_t c = scene.index() + 1; c < scene.call().end; ++c) {
        const Call& call = view.calls[c];
        if (!call.effective || !call.is_plain() || call.to != scene.call().to || call.input.size < 4) continue;
        const Entry entry{call, c, view.input(call).subspan(4), view.output(call)};
        const uint32_t selector = abi::selector_of(view.input(call));
        manager.read(entry, selector);
        vault.read(entry, selector);
    }
}

}  // namespace

std::span<const Row> unlocked_loan_rows() {
    static constexpr Row rows[] = {{"unlock(bytes)", decode_unlock}};
    return rows;
}

}  // namespace osprey::inspect
