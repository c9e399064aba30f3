#pragma once
// Every cycle of swaps through what moved that gains something, sized and ranked.
//
// The search walks links in floating point with each link's best rate bound. out <= rate * in + slack holds exactly for
// every amount, so a cycle whose rates multiply to less than 1 gains nothing at any size, but for the few smallest
// units that are the slack of pools which round in the taker's favour: what is dropped is proven to be worth no more.
// What is left gets its optimum in real numbers, then in integers by exact quotes.

#include <array>

#include "market/cycle_sizing.hpp"
#include "market/start_pairs.hpp"

namespace osprey::market {

struct SearchSettings {
    std::vector<TokenId> starts;  ///< a cycle starts from the first of these that it runs through
    TokenId base = 0;             ///< what gas is paid in and everything is ranked by
    unsigned max_hops = 4;        ///< 2 to longest_cycle
    u256 gas_price;               ///< base units a gas
    uint64_t fixed_gas = 0;       ///< of a transaction beside its swaps
    uint32_t flash_premium = 0;   ///< millionths of the input
    u256 min_net = 1;             ///< base units: what is worth less, net, is not wanted
};

struct Opportunity {
    std::vector<Hop> hops;
    std::vector<u256> amounts;  ///< into each hop, and what the last one pays
    TokenId start = 0;
    u256 profit;       ///< of the start token, the flash loan paid
    u256 value;        ///< the profit in base units, sold through the same market; exact when start is the base
    u256 cost;         ///< base units: gas
    u256 net;          ///< value - cost, at least SearchSettings::min_net
    uint64_t gas = 0;  ///< of the whole transaction
    double bound = 0;  ///< no input of this cycle gives more profit (start units)

    double optimality() const noexcept;  ///< profit / bound, at most 1
};

class CycleSearch {
public:
    /// The graph has to be built before. Throws std::invalid_argument for settings that make no sense.
    CycleSearch(const TokenGraph& graph, SearchSettings settings);

    /// The cycles through at least one pool that moved, best first; each once. The graph was told of the change before,
    /// and every change since the last search has to be given, or refresh() called.
    std::vector<Opportunity> search(const MarketChange& change);
    /// All cycles there are.
    std::vector<Opportunity> search_all();
    /// The same in two steps: the cycles whose rates promise something, then how much to put into each.
    void find(const MarketChange& change);
    std::vector<Opportunity> size_found();
    /// Takes the present rates of what changed, and searches nothing: for changes that were taken back.
    void follow(const MarketChange& change);
    /// Reads all rates from the graph again; needed after build().
    void refresh();

    const SearchSettings& settings() const noexcept { return settings_; }
    void set_gas_price(const u256& gas_price) { settings_.gas_price = gas_price; }
    /// Whether the token can be sold for the base: a start that cannot is worth nothing.
    bool is_priced(TokenId start) const noexcept;
    /// What the amount of a start token sells for, through the market as it stands; 0 for another token.
    u256 value_in_base(TokenId start, const u256& amount) const noexcept;
    /// Of the last search: cycles whose rates promised something, and those among them that were sized exactly.
    uint64_t promising() const noexcept { return promising_; }
    uint64_t sized() const noexcept { return sized_; }

private:
    /// A product of eight rates errs by less than 2^-48 of itself.
    static constexpr double rounding = 1 - 0x1p-44;
    /// What profits computed in doubles may err by, relative to themselves.
    static constexpr double generous = 1 + 1e-6;

    struct Start {
        TokenId token = 0;
        double value = 0;             ///< base units a unit, at the margin: no amount sells for more
        std::vector<LinkId> to_base;  ///< how it is sold for the base; empty: it is the base, or cannot be sold
    };
    /// out <= rate * in / (1 + bend * in); such curves compose.
    struct Curve {
        double rate = 1, bend = 0;
        Curve then(const Curve& next) const noexcept { return {rate * next.rate, bend + rate * next.bend}; }
    };
    /// What is known of a cycle while its links are being chosen. Amounts are seen from the token that goes into the
    /// moved edge: one unit there is `front` units at the open end.
    struct Way {
        double rate = 1;             ///< product of all rates chosen
        double front = 1;            ///< of those from the moved edge on
        double tail = 1;             ///< of those that lead back to the moved edge's token in
        double bend = 0;             ///< the greatest of the links' bends, each seen from the moved edge's token in
        uint32_t place = none;       ///< of the first start token on the way
        double worth = 0;            ///< base units of a unit, by that start token's value
        bool worth_by_rate = false;  ///< and the whole cycle's rate, as the start stands in the tail
    };

    void find(std::span<const PoolId> moved);
    void take_in(PoolId pool);
    void start_from(EdgeId edge);
    Way extended(const Way& way, LinkId link) const noexcept;
    Way extended_behind(const Way& way, LinkId link) const noexcept;
    /// Whether a cycle may be worth its gas: false is proven.
    bool may_pay(double worth, double rate, double bend, size_t hops) const noexcept;
    double worth(const Way& way, double rate) const noexcept;
    double worth(const Way& way, double rate, TokenId joins, double front) const noexcept;
    void close(TokenId from, TokenId to, unsigned hops, const Way& way);
    void close_by_one(TokenId from, TokenId to, const Way& way);
    void close_by_two(TokenId from, TokenId to, const Way& way);
    void close_between_starts(TokenId from, TokenId to, const Way& way);
    double worth_over(TokenId middle, double first, double second, double bend, const Way& way) const noexcept;
    void close_by_three(TokenId from, TokenId to, const Way& way);
    void found_two(LinkId first, LinkId second, double worth);
    void found(double worth);
    void expand(size_t position, const Curve& before, double worth);
    void evaluate(std::span<const EdgeId> edges);
    bool is_start(TokenId token) const noexcept { return start_of_[token] != none; }
    bool on_path(TokenId token) const noexcept;
    void find_way_to_base(Start& start) const;
    u256 value_in_base(const Start& start, const u256& amount) const noexcept;

    const TokenGraph* graph_;
    SearchSettings settings_;
    double limit_ = 1;                               ///< rates have to multiply to more
    double cost_ = 1;                                ///< of an input, with its flash premium
    std::array<double, longest_cycle + 1> least_{};  ///< base units that a cycle of so many hops has to gain at least
    uint32_t cheapest_ = 0;                          ///< gas of the cheapest edge
    CycleSizer sizer_;
    std::vector<Start> starts_;
    std::vector<StartRates> rates_;  // by place in starts_
    StartPairs pairs_;
    std::vector<uint32_t> start_of_;  // by token: its place in starts_, or none
    std::vector<uint64_t> widen_;     // by token: how many links its neighbours have

    std::vector<uint32_t> rank_;  // by pool: its place in the change that is searched, or none
    uint32_t current_rank_ = 0;
    EdgeId moved_edge_ = 0;
    bool skip_starts_ = false;
    std::vector<TokenId> path_tokens_;
    std::vector<LinkId> path_;  // after the moved edge
    std::vector<LinkId> tail_;  // the last links, last first
    std::vector<LinkId> links_;
    std::vector<EdgeId> edges_;
    std::array<Curve, longest_cycle + 1> rest_;  // of the links from a position on
    std::vector<EdgeId> cycles_;                 // of all that promise something, one cycle after the other
    std::vector<uint32_t> cycle_ends_;           // where each ends in cycles_
    std::vector<Hop> hops_;
    std::vector<Opportunity> found_;
    uint64_t promising_ = 0, sized_ = 0;
};

}  // namespace osprey::market
