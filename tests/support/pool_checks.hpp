#pragma once
// What holds for every pool model, whatever its family.

#include <gtest/gtest.h>

#include "primitives/real.hpp"
#include "protocol/amm/family.hpp"
#include "types/json_reader.hpp"
#include "types/json_writer.hpp"

namespace osprey::test {

/// rate_bound() without its bend is not below what the pool pays.
inline testing::AssertionResult bound_holds(const protocol::Pool& pool, protocol::TokenIndex in,
                                            protocol::TokenIndex out, const u256& amount_in, const u256& paid) {
    const protocol::RateBound bound = pool.rate_bound(in, out);
    if (to_double(paid) * (1 - 0x1p-50) <= bound.rate * to_double(amount_in) + bound.slack)
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << to_string(amount_in) << " pays " << to_string(paid) << ", bound "
                                       << bound.rate << " and " << bound.slack;
}

/// What quote_out() asks for pays at least that, and one unit less does not.
inline testing::AssertionResult inverse_is_tight(const protocol::Pool& pool, protocol::TokenIndex in,
                                                 protocol::TokenIndex out, const u256& amount_out) {
    const protocol::Quote needed = pool.quote_out(in, out, amount_out);
    if (!needed) return testing::AssertionFailure() << "nothing pays " << to_string(amount_out);
    const protocol::Quote again = pool.quote_in(in, out, needed.amount);
    if (!again || again.amount < amount_out)
        return testing::AssertionFailure()
               << to_string(needed.amount) << " pays " << to_string(again.amount) << ", not " << to_string(amount_out);
    if (needed.amount > u256{1}) {
        const protocol::Quote less = pool.quote_in(in, out, needed.amount - u256{1});
        if (less && less.amount >= amount_out)
            return testing::AssertionFailure()
                   << to_string(needed.amount) << " less one also pays " << to_string(amount_out);
    }
    return testing::AssertionSuccess();
}

/// What write_state() writes, as one object.
inline std::string written(const protocol::Pool& pool) {
    JsonWriter json;
    json.begin_object();
    pool.write_state(json);
    json.end_object();
    return std::move(json).take();
}

/// The pool of `pool`'s family, key and tokens with that state.
inline Result<std::unique_ptr<protocol::Pool>> read_as(const protocol::Pool& pool, std::string_view state) {
    const auto document = JsonDocument::parse(state);
    if (!document) return std::unexpected(document.error());
    JsonObject object{document->root()};
    return pool.family().read(pool.key(), pool.tokens(), object);
}

}  // namespace osprey::test
