#include "protocol/calls/reading.hpp"

namespace osprey::protocol::calls {

namespace {

/// Kinds stand in the order of how much they tell: the last of what a transaction does is what it is.
void note(Found& found, Kind kind) noexcept {
    if (kind == Kind::unknown) found.any_unknown = true;
    found.call.kind = std::max(found.call.kind, kind);
}

/// Pools and tokens that are watched, among the arguments of a function that nobody knows.
void look_for_watched(Found& found, BytesView calldata) noexcept {
    if (found.watched == nullptr || calldata.size() < 4) return;
    const BytesView args = calldata.subspan(4);
    const size_t words = args.size() / abi::word_size;
    for (size_t i = 0; i < words && found.words_to_search != 0 && !found.names_watched; ++i, --found.words_to_search)
        if (found.watched->contains(abi::address_at(args, i))) found.names_watched = true;
}

Reach reach_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::value_transfer:
        case Kind::token_transfer:
        case Kind::token_approval:
        case Kind::wrapping:
        case Kind::bridge:
            return Reach::unlikely;
        case Kind::unknown:
        case Kind::creation:
        case Kind::blob:
        case Kind::delegation:
            return Reach::unknown;
        case Kind::liquidity:
        case Kind::swap:
        case Kind::pool_call:
        case Kind::liquidation:
        case Kind::oracle_update:
            return Reach::likely;
    }
    return Reach::unknown;
}

Reach reach_of(const Found& found, TxType type) noexcept {
    if (found.names_watched) return Reach::watched;
    Reach reach = reach_of(found.call.kind);
    // Whatever the calldata says: an account that gets code may answer with anything.
    if (found.any_unknown || type == TxType::set_code) reach = std::max(reach, Reach::unknown);
    if (found.call.known_contract) reach = std::max(reach, Reach::likely);
    return reach;
}

}  // namespace

void Found::add_swap(const Swap& swap) noexcept {
    if (swap.in_told && swap.out_told) {
        add_hop(swap.token_in, swap.token_out);
    } else if (watched != nullptr && ((swap.in_told && watched->is_token(swap.token_in)) ||
                                      (swap.out_told && watched->is_token(swap.token_out)))) {
        names_watched = true;
    }
    if (call.swap_count == Call::most_swaps) {
        call.more_swaps = true;
        return;
    }
    Swap& added = call.swap_list[call.swap_count++];
    added = swap;
    // Routers take zero, or the highest bit, for all that they hold.
    const u256& exact = swap.exact_out ? swap.amount_out : swap.amount_in;
    if (!exact || exact.is_negative()) added.amount_told = false;
}

void read_call(Found& found, const Address& to, const u256& value, BytesView calldata, unsigned depth) noexcept {
    found.add_pool(to);
    if (calldata.empty()) return note(found, Kind::value_transfer);
    Call& call = found.call;
    if (const Router router = router_at(to); router != Router::none) {
        call.router = router;
        call.known_contract = true;
    }
    const Function* function = find_function(abi::selector_of(calldata));
    if (function == nullptr || calldata.size() < 4) {
        look_for_watched(found, calldata);
        return note(found, Kind::unknown);
    }
    const uint8_t swaps_before = call.swap_count;
    bool ok = true;
    const Reading reading{found, Arguments{calldata.subspan(4), ok}, to, value, depth};
    const bool read = function->read == nullptr || function->read(reading);
    if (!read || !ok) {
        call.swap_count = swaps_before;
        return note(found, Kind::unknown);
    }
    if (call.router == Router::none) call.router = function->router;
    if (function->kind != Kind::unknown) note(found, function->kind);
}

Call classify(const Transaction& tx, const Watched* watched) noexcept {
    Found found{.call = {}, .watched = watched};
    if (tx.to)
        read_call(found, *tx.to, tx.value, tx.data, 0);
    else
        note(found, Kind::creation);
    Call& call = found.call;
    const bool told = call.kind > Kind::delegation;
    if (tx.type == TxType::blob && !told) call.kind = Kind::blob;
    if (tx.type == TxType::set_code && !told) call.kind = Kind::delegation;
    call.reach = reach_of(found, tx.type);
    return call;
}

void Watched::add(const Address& pool, std::span<const Address> tokens) {
    known_[pool] |= pool_flag;
    for (const Address& token : tokens) known_[token] |= token_flag;
}

std::string_view name_of(Kind kind) noexcept {
    constexpr std::string_view names[kinds] = {
        "unknown",  "value transfer", "creation",  "blob", "delegation", "token transfer", "token approval",
        "wrapping", "bridge",         "liquidity", "swap", "pool call",  "liquidation",    "oracle update"};
    return names[static_cast<size_t>(kind)];
}

std::string_view name_of(Reach reach) noexcept {
    constexpr std::string_view names[] = {"unlikely", "unknown", "likely", "watched"};
    return names[static_cast<size_t>(reach)];
}

}  // namespace osprey::protocol::calls
