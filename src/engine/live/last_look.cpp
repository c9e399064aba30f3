#include "engine/live/last_look.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace osprey::engine {

void ChainWatch::on_update(const chain::ChainUpdate& update) {
    {
        const std::scoped_lock lock{mutex_};
        if (!update.added.empty())
            head_ = update.added.back().header.number;
        else if (!update.removed.empty())
            head_ = update.removed.back().header.number - 1;
    }
    to_.on_update(update);
}

void ChainWatch::on_status(const chain::ChainStatus& status) {
    {
        const std::scoped_lock lock{mutex_};
        status_ = status;
    }
    to_.on_status(status);
}

Result<void> ChainWatch::allows(const execute::Bundle& bundle) const {
    const auto takes_back = [](const Transaction& tx) { return tx.to == tx.sender && tx.data.empty(); };
    const std::scoped_lock lock{mutex_};
    if (status_.state != chain::ChainStatus::State::live)
        return fail(fmt::format("the chain is {}: {}", name_of(status_.state), status_.reason));
    if (std::ranges::all_of(bundle.transactions, takes_back)) return {};
    if (bundle.block_number != head_ + 1)
        return fail(fmt::format("it is for block {}, and block {} is there", bundle.block_number, head_));
    return {};
}

}  // namespace osprey::engine
