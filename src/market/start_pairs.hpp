#pragma once
// What a cycle search keeps of its start tokens: their rates to and from every other token, and between every two of
// them the ways over one token, side by side in the order in which they are scanned.

#include <array>
#include <span>

#include "market/token_graph.hpp"

namespace osprey::market {

/// By the other token: the link's best rate, 0 for none, and its least bend.
struct StartRates {
    std::vector<double> rate_to, rate_from, bend_to, bend_from;
    std::vector<LinkId> link_from;  ///< none where there is no link; its reverse leads to the start

    void read(const TokenGraph& graph, TokenId start);
};

/// The ways from one start over a token that is none to another start, each as one curve.
class StartPairs {
public:
    /// The ways' number grows with the square of the starts.
    static constexpr size_t most_starts = 16;
    static constexpr size_t block = 8;

    struct Ways {
        std::span<const TokenId> over;  ///< a multiple of `block`; those at the end may be none, with a rate of 0
        const double* rates;
        const double* bends;
    };

    /// Nothing is kept where there are more than most_starts.
    void build(std::span<const StartRates> rates, std::span<const uint32_t> start_of);
    bool empty() const noexcept { return pairs_.empty(); }
    /// `from` and `to`: places of two starts.
    Ways between(uint32_t from, uint32_t to) const noexcept;
    /// Takes the present rates of all ways over the token.
    void follow(std::span<const StartRates> rates, TokenId over) noexcept;

private:
    struct Pair {
        uint32_t low = 0, high = 0;    // places, low < high
        uint32_t begin = 0, size = 0;  // of its ways, in the arrays below
    };
    struct Place {
        uint32_t pair, at;
    };
    static void read(const StartRates& from, const StartRates& to, TokenId over, double& rate, double& bend) noexcept;

    std::vector<Pair> pairs_;  // (0,1), (0,2), (1,2), (0,3), ...
    std::vector<TokenId> over_;
    std::array<std::vector<double>, 2> rates_, bends_;  // low to high, high to low
    std::vector<uint32_t> first_place_;                 // by token, and one more
    std::vector<Place> places_;
};

}  // namespace osprey::market
