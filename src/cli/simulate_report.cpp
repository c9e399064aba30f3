#include "cli/simulate_report.hpp"

#include <fmt/format.h>

#include "cli/contract_names.hpp"
#include "primitives/hex.hpp"

namespace osprey::cli {

namespace {

constexpr unsigned gwei_decimals = 9;

std::string gwei(const u256& wei) { return human(wei, gwei_decimals) + " gwei"; }
std::string signed_gwei(execute::SignedWei wei) { return (wei.is_negative() ? "-" : "") + gwei(wei.magnitude()); }
std::string signed_ether(execute::SignedWei wei) { return (wei.is_negative() ? "-" : "") + ether(wei.magnitude()); }

std::string name_of(const std::optional<Address>& to) {
    if (!to) return "new contract";
    const std::string_view name = contract_name(*to);
    return name.empty() ? short_hex(*to) : std::string{name};
}

std::string status_of(const execute::TransactionOutcome& r, const Painter& paint) {
    if (r.dropped) return paint(Ink::dim, left("dropped", 10));
    if (r.success()) return paint(Ink::good, left("ok", 10));
    return paint(Ink::bad, left(r.status == evm::Status::revert ? "reverted" : "failed", 10));
}

void print_row(size_t index, const execute::TransactionOutcome& r, const Painter& paint) {
    const auto amounts = [&](size_t width, const std::string& text) { return right(r.dropped ? "-" : text, width); };
    fmt::print("{} {} {} {} {} {} {} {} {}\n", right(std::to_string(index), 3), left(short_hex(r.hash), 13),
               left(short_hex(r.from), 13), left(name_of(r.to), 22), status_of(r, paint),
               amounts(10, grouped(r.gas_used)), amounts(17, gwei(r.effective_gas_price)),
               amounts(18, ether(r.gas_fees)), amounts(18, signed_ether(r.eth_sent_to_coinbase)));
    if (r.success()) return;
    fmt::print("    {}\n", paint(Ink::bad, r.revert_reason.empty() ? r.error : r.error + ": " + r.revert_reason));
}

}  // namespace

void print_bundle(const execute::BundleOutcome& outcome, const SimulationPlace& place, const Painter& paint) {
    fmt::print("{}\n", paint.rule(fmt::format("bundle {} for block {}", short_hex(outcome.bundle_hash),
                                              grouped(place.env().number))));
    fmt::print("on {}; base fee {}, coinbase {}\n\n", place.description(), gwei(place.env().base_fee),
               short_hex(place.env().coinbase));
    fmt::print("{}\n", paint(Ink::dim, fmt::format("{} {} {} {} {} {} {} {} {}", right("#", 3), left("transaction", 13),
                                                   left("from", 13), left("to", 22), left("status", 10),
                                                   right("gas", 10), right("gas price", 17),
                                                   right("fees to coinbase", 18), right("sent to coinbase", 18))));
    for (size_t i = 0; i < outcome.transactions.size(); ++i) print_row(i, outcome.transactions[i], paint);
    fmt::print("{} {} {} {} {} {} {} {} {}\n\n", right("", 3), left("", 13), left("", 13), left("", 22), left("", 10),
               paint(Ink::bold, right(grouped(outcome.gas_used), 10)), right("", 17),
               paint(Ink::bold, right(ether(outcome.gas_fees), 18)),
               paint(Ink::bold, right(signed_ether(outcome.eth_sent_to_coinbase), 18)));
    fmt::print("the coinbase gains {}: {} a gas\n", signed_ether(outcome.coinbase_diff),
               paint(Ink::bold, signed_gwei(outcome.bundle_gas_price)));
    if (!outcome.why_not_included.empty())
        fmt::print("{} {}\n", paint(Ink::bad, "would not be included:"), outcome.why_not_included);
}

}  // namespace osprey::cli
