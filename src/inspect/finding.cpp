#include "inspect/finding.hpp"

namespace osprey::inspect {

namespace {

constexpr std::string_view kind_names[] = {"swap",        "arbitrage", "backrun",         "sandwich", "jit",
                                           "liquidation", "failed",    "builder_payment", "cex_dex",  "fill"};
static_assert(std::size(kind_names) == kinds);

constexpr std::string_view reason_names[] = {"swap_cycle",
                                             "actor_richer",
                                             "loss_after_gas",
                                             "unpriced_token",
                                             "inventory_change",
                                             "flash_loan",
                                             "pays_builder",
                                             "opened_by",
                                             "confirmed_by_execution",
                                             "front_and_back",
                                             "same_sender",
                                             "same_contract",
                                             "linked_by_transfer",
                                             "amounts_match",
                                             "adjacent",
                                             "several_pools",
                                             "several_victims",
                                             "several_layers",
                                             "by_liquidity",
                                             "victim_loss_executed",
                                             "loss_not_computed",
                                             "loss_not_provable",
                                             "minted_before_burnt_after",
                                             "range_left",
                                             "reverted",
                                             "no_effect",
                                             "single_direction",
                                             "high_priority",
                                             "private_contract",
                                             "bonus_priced",
                                             "via_router",
                                             "signed_order",
                                             "self_liquidation",
                                             "counted_once",
                                             "amounts_not_told",
                                             "liquidation_attempt",
                                             "swap_attempt",
                                             "fills_others",
                                             "by_transfers",
                                             "first_of_block",
                                             "calls_not_known"};
static_assert(std::size(reason_names) == static_cast<size_t>(Reason::calls_not_known) + 1);

}  // namespace

std::string_view name_of(Kind kind) noexcept { return kind_names[static_cast<size_t>(kind)]; }

std::optional<Kind> find_kind(std::string_view name) noexcept {
    for (size_t i = 0; i < kinds; ++i)
        if (kind_names[i] == name) return static_cast<Kind>(i);
    return {};
}

std::string_view name_of(Reason reason) noexcept { return reason_names[static_cast<size_t>(reason)]; }

}  // namespace osprey::inspect
