#include "market/disjoint.hpp"

#include <algorithm>
#include <numeric>

namespace osprey::market {

namespace {

class Search {
public:
    Search(std::span<const Opportunity> opportunities, size_t most, uint64_t effort)
        : all_(opportunities), most_(most), effort_(effort) {}

    DisjointChoice run() {
        std::vector<size_t> order(all_.size());
        std::iota(order.begin(), order.end(), size_t{0});
        std::ranges::sort(
            order, [&](size_t a, size_t b) { return all_[a].net != all_[b].net ? all_[a].net > all_[b].net : a < b; });
        // The greedy choice is the first that is come to.
        branch(order, {});
        return {.chosen = best_, .net = best_net_, .bound = std::max(best_net_, left_open_)};
    }

private:
    static bool share_a_pool(const Opportunity& a, const Opportunity& b) noexcept {
        return std::ranges::any_of(
            a.hops, [&](const Hop& hop) { return std::ranges::find(b.hops, hop.pool, &Hop::pool) != b.hops.end(); });
    }

    /// `rest`: what can still be chosen, best first.
    void branch(const std::vector<size_t>& rest, const u256& net) {
        if (net > best_net_) best_net_ = net, best_ = chosen_;
        if (chosen_.size() == most_ || rest.empty()) return;
        for (size_t i = 0; i < rest.size(); ++i) {
            // Whoever leaves out all before i gains at most what the next best ones gain together.
            u256 hope = net;
            for (size_t k = i; k < std::min(rest.size(), i + most_ - chosen_.size()); ++k) hope += all_[rest[k]].net;
            if (hope <= best_net_) return;
            if (steps_++ >= effort_) {
                left_open_ = std::max(left_open_, hope);
                return;
            }
            std::vector<size_t> compatible;
            for (size_t k = i + 1; k < rest.size(); ++k)
                if (!share_a_pool(all_[rest[i]], all_[rest[k]])) compatible.push_back(rest[k]);
            chosen_.push_back(rest[i]);
            branch(compatible, net + all_[rest[i]].net);
            chosen_.pop_back();
            // Without a rival among what is left, no better choice leaves it out.
            if (compatible.size() + i + 1 == rest.size() && rest.size() - i <= most_ - chosen_.size()) return;
        }
    }

    std::span<const Opportunity> all_;
    size_t most_;
    uint64_t effort_, steps_ = 0;
    std::vector<size_t> chosen_, best_;
    u256 best_net_, left_open_;
};

}  // namespace

DisjointChoice best_disjoint(std::span<const Opportunity> opportunities, size_t most, uint64_t effort) {
    return Search{opportunities, most, effort}.run();
}

}  // namespace osprey::market
