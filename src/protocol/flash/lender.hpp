#pragma once
// Who lends a token for the length of one transaction: how much there is, and what it costs, to the wei.
// A kind of lender is one file here and one line in lenders.cpp.

#include <span>
#include <string_view>
#include <vector>

#include "networks/networks.hpp"
#include "protocol/amm/answers.hpp"

namespace osprey::protocol::flash {

enum class Kind : uint8_t {
    uniswap_v4,   ///< the PoolManager: take now, settle before unlock() returns
    balancer_v2,  ///< the Vault
    morpho_blue,
    uniswap_v3,  ///< flash() of any pool of the family, and its forks
    aave_v3,     ///< flashLoanSimple
    erc3156,     ///< any lender of the standard
};
inline constexpr size_t kinds = 6;

std::string_view name_of(Kind kind) noexcept;
/// Of the loan with its repayment in a plain ERC-20 token: an estimate.
uint64_t gas_of(Kind kind) noexcept;

/// A loan that can be had.
struct Offer {
    Kind kind = Kind::balancer_v2;
    Address lender, token;
    bool token1 = false;  ///< uniswap_v3: the token is the pool's token1
    u256 amount;          ///< smallest units
    u256 fee;             ///< what has to be given back beside it
    bool operator==(const Offer&) const = default;
};

struct Asked {
    enum class Status : uint8_t {
        offered,
        incomplete,   ///< answers.missing() tells what to fetch before asking again
        refused,      ///< it does not lend that much, or not that token
        unavailable,  ///< what it says cannot be had
    };
    Status status = Status::refused;
    Offer offer;  ///< when offered

    static Asked incomplete() { return {Status::incomplete, {}}; }
    static Asked refused() { return {Status::refused, {}}; }
    static Asked unavailable() { return {Status::unavailable, {}}; }
};

/// What the lender says about a loan of `amount` of the token.
Asked ask(Kind kind, const Address& lender, const Address& token, const u256& amount, Answers& answers);

struct Lender {
    Kind kind;
    Address address;
};
/// Those of the sources that lend for one transaction in a way that is known here, in their order.
std::vector<Lender> lenders_of(std::span<const networks::Lender> sources);
/// A chain's flash sources of networks/, the free ones first; none for a chain that is not known there.
std::vector<Lender> lenders_of(uint64_t chain_id);

}  // namespace osprey::protocol::flash
