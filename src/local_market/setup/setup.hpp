#pragma once
// How a local market comes to be: transactions that deploy contracts and fill them, sent and mined until all is done.

#include <deque>
#include <string>
#include <vector>

#include "local_market/account.hpp"
#include "local_market/calls.hpp"
#include "local_market/contracts.hpp"
#include "local_market/prices.hpp"
#include "local_market/session.hpp"
#include "primitives/keccak.hpp"

namespace osprey::local_market {

/// The first failure sticks, later steps do nothing, and flush() tells it: so the steps read one after the other.
class Setup {
public:
    static constexpr uint64_t call_gas = 700'000, creation_gas = 7'000'000;

    Setup(Session& session, const Contracts& contracts, const PricePath& prices);

    Deployment& deployment() { return deployment_; }
    const Deployment& deployment() const { return deployment_; }
    const PricePath& prices() const { return prices_; }
    /// In wei for one unit, of the wrapped coin too.
    double price(size_t token) const { return token == 0 ? 1 : prices_.price(token); }
    /// By their places in the deployment.
    std::vector<size_t> all_tokens() const;
    const Account& owner() const { return owner_; }

    /// A contract of the owner's; its address is known before it is mined.
    Address create(std::string_view contract, const Bytes& arguments = {},
                   std::span<const LinkedLibrary> libraries = {});
    Address create_from(Account& account, std::string_view contract, const Bytes& arguments = {});
    /// A contract whose code is that of `code`, as it stands.
    Address store(BytesView code);
    /// keccak256 of the creation code.
    Hash code_hash(std::string_view contract) { return keccak256(code(contract)); }
    Bytes code(std::string_view contract);
    void call(const Address& to, Bytes data, const u256& value = {}, uint64_t gas = call_gas) {
        call_from(owner_, to, std::move(data), value, gas);
    }
    void call_from(Account& account, const Address& to, Bytes data, const u256& value = {}, uint64_t gas = call_gas);
    /// Gives somebody new ether for gas, outside of any transaction.
    void endow(const Account& account);
    /// Gives `amount` of a token, by its place in the deployment, to somebody.
    void give(const Address& to, size_t token, const u256& amount);
    /// From `account`: `spender` may take any amount of these tokens.
    void allow(Account& account, std::span<const Address> spenders, std::span<const size_t> tokens);
    /// All three: ether, `worth` wei of each of these tokens, and all of it for these spenders to take.
    void equip(Account& account, double worth, std::span<const size_t> tokens, std::span<const Address> spenders);

    /// Mines all that was sent so far. An error: a transaction failed, or an earlier step did.
    Result<void> flush();
    /// A view function's first word; after flush().
    u256 view(const Address& to, const Bytes& data);
    Address view_address(const Address& to, const Bytes& data) { return to_address(view(to, data)); }

    /// Of all blocks so far.
    const std::vector<Log>& logs() const { return logs_; }
    const Header& head() const { return head_; }

private:
    void add(Account& account, const std::optional<Address>& to, Bytes data, const u256& value, uint64_t gas,
             std::string what);
    void note(Error error);

    struct Step {
        Transaction tx;
        std::string what;
    };
    Session& session_;
    const Contracts& contracts_;
    const PricePath& prices_;
    Account owner_;
    Deployment deployment_;
    std::deque<Step> steps_;
    std::vector<Address> rich_;
    std::vector<Log> logs_;
    Header head_;
    std::optional<Error> failed_;
};

// The parts, in the order in which they are set up.
void deploy_tokens(Setup& setup, size_t tokens);
void deploy_routers(Setup& setup);
void deploy_uniswap_v2(Setup& setup);
void deploy_uniswap_v3(Setup& setup);
void deploy_uniswap_v4(Setup& setup);
void deploy_pancake_v3(Setup& setup);
void deploy_balancer_v2(Setup& setup);
void deploy_price_oracle(Setup& setup);
void deploy_morpho_blue(Setup& setup);
void deploy_aave_v3(Setup& setup);

}  // namespace osprey::local_market
