#pragma once
// Streams of a live engine, made up: opportunities that land, revert, are taken back and land again, in the form that
// docs/live.md describes; and what they come to, kept while they are made.

#include <fmt/format.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "inspect/json_lines.hpp"
#include "primitives/hex.hpp"
#include "types/json_writer.hpp"

namespace osprey::store {

class MadeStream {
public:
    MadeStream(uint64_t chain_id, uint64_t seed) : chain_id_(chain_id), random_(seed) {}

    struct Flight {
        u256 profit, gas_cost, net;  ///< of its outcome, if that stands
        std::optional<uint64_t> in_block;
    };
    struct Made {
        std::string id, strategy, token;
        std::optional<bool> accepted;
        std::string reason, tx, outcome;
        std::vector<Flight> flights;

        bool is_told = false;  ///< an outcome, ever
        u256 sum(u256 Flight::* amount) const {
            u256 all;
            for (const Flight& flight : flights) all += flight.*amount;
            return all;
        }
    };

    std::vector<std::string> lines;
    std::map<std::string, Made> opportunities;

    /// One step of something.
    void step() {
        switch (random_() % 8) {
            case 0:
                return block();
            case 1:
                return reorganise();
            case 2:
                if (!opportunities.empty() && random_() % 4 == 0) return find_again();
                return find();
            case 3:
                return find();
            default:
                return go_on();
        }
    }

private:
    static std::string word(uint64_t chain, uint64_t n) {
        Hash hash;
        for (size_t i = 0; i < 8; ++i) hash.bytes[i] = static_cast<uint8_t>((n * 0x9E3779B97F4A7C15) >> (8 * i));
        hash.bytes[30] = static_cast<uint8_t>(chain);
        hash.bytes[31] = static_cast<uint8_t>(n);
        return to_hex(hash);
    }
    u256 amount() {
        const u256 small{random_() % 1'000'000'000'000'000'000};
        return random_() % 3 == 0 ? small * small * small : small;  // beyond 64 and 128 bits
    }
    JsonWriter& begin(std::string_view event) {
        out_.clear();
        out_.begin_object().member("seq", lines.size()).member("chain", chain_id_).member("block", head_);
        return out_.member("hash", word(chain_id_, head_)).member("event", event);
    }
    void tell() {
        out_.end_object();
        lines.emplace_back(out_.view());
    }
    void block() {
        ++head_;
        begin("block").member("timestamp", uint64_t{1'700'000'000}).member("removed", 0).member("pools_moved", 1);
        tell();
    }
    void tell_found(const Made& made) {
        begin("found").member("id", made.id).member("strategy", made.strategy).member("follows", made.id);
        out_.key("swaps").begin_array().end_array().member("profit_token", made.token);
        out_.key("profit").decimal(amount()).key("value").decimal(amount()).member("gas", 200'000);
        out_.key("gas_cost").decimal(amount()).member("net", "-7");
        tell();
    }
    void find() {
        Made made;
        made.id = word(chain_id_, 1'000'000 + ids_++);
        made.strategy = random_() % 2 == 0 ? "arbitrage" : "backrun";
        made.token = "0x" + std::string(39, '0') + (random_() % 2 == 0 ? "1" : "2");
        tell_found(made);
        opportunities.emplace(made.id, std::move(made));
    }
    Made& any() {
        auto at = opportunities.begin();
        std::advance(at, static_cast<long>(random_() % opportunities.size()));
        return at->second;
    }
    /// At the same head as before, after a reorganisation led back to it.
    void find_again() { tell_found(any()); }

    void go_on() {
        if (opportunities.empty()) return find();
        Made& made = any();
        const bool flies = !made.flights.empty() && !made.flights.back().in_block;
        if (flies) return settle(made, made.flights.back());
        made.accepted = random_() % 3 != 0;
        made.reason = *made.accepted ? "" : "quotes \" and \\ and\ttabs, \xc3\xa4 too";
        begin("verdict").member("id", made.id).member("accepted", *made.accepted).member("reason", made.reason);
        tell();
        if (!*made.accepted) return;
        made.tx = word(chain_id_, 2'000'000 + nonce_);
        begin("sent").member("id", made.id).member("tx", made.tx).member("nonce", nonce_++);
        out_.member("for_block", head_ + 1).key("priority_fee").decimal(u256{3});
        tell();
        made.flights.emplace_back();
    }
    void settle(Made& made, Flight& flight) {
        static constexpr const char* kinds[] = {"landed", "reverted", "never_landed"};
        const uint64_t kind = random_() % 3;
        flight.in_block = kind == 2 && random_() % 2 == 0 ? 0 : head_;
        flight.profit = kind == 0 ? amount() : u256{};
        flight.gas_cost = *flight.in_block == 0 ? u256{} : amount();
        flight.net = flight.profit - flight.gas_cost;
        tell_outcome(made, kinds[kind], flight);
    }
    void tell_outcome(Made& made, const char* kind, const Flight& flight) {
        made.outcome = kind;
        made.is_told = true;
        begin("outcome").member("id", made.id).member("kind", kind).member("tx", made.tx);
        out_.member("in_block", *flight.in_block).member("token", made.token);
        out_.key("profit").decimal(flight.profit).key("gas_cost").decimal(flight.gas_cost);
        out_.member("net", inspect::signed_decimal(flight.net));
        tell();
    }
    /// Takes back what landed in the last blocks, and mines others with the same numbers.
    void reorganise() {
        const uint64_t depth = 1 + random_() % 3;
        if (head_ <= depth) return block();
        for (auto& [id, made] : opportunities)
            for (Flight& flight : made.flights) {
                if (!flight.in_block || *flight.in_block == 0 || *flight.in_block + depth <= head_) continue;
                flight = {.profit = {}, .gas_cost = {}, .net = {}, .in_block = flight.in_block};
                tell_outcome(made, "unwound", flight);
                // In flight again, or gone for good where a later one of the same opportunity has taken its place.
                flight.in_block = 0;
                if (&flight == &made.flights.back()) flight.in_block.reset();
            }
        head_ -= depth;
        block();
    }

    uint64_t chain_id_, head_ = 100, ids_ = 0, nonce_ = 0;
    std::mt19937_64 random_;
    JsonWriter out_;
};

}  // namespace osprey::store
