#include "support/slot_probe.hpp"

#include <algorithm>

namespace osprey::test {

namespace {

class SlotReader final : public evm::Tracer {
public:
    explicit SlotReader(const Address& contract) : contract_(contract) {}
    void storage_access(const state::Account& account, const state::Slot& slot) override {
        if (account.address == contract_ && std::ranges::find(slots, slot.key) == slots.end())
            slots.push_back(slot.key);
    }
    std::vector<u256> slots;

private:
    Address contract_;
};

}  // namespace

std::vector<u256> slots_read(TestChain& chain, const Address& contract, const Bytes& calldata) {
    SlotReader reader{contract};
    chain.machine().set_tracer(&reader);
    chain.view(contract, calldata);
    chain.machine().set_tracer(nullptr);
    return std::move(reader.slots);
}

std::optional<u256> slot_behind(TestChain& chain, const Address& contract, const Bytes& calldata) {
    std::optional<u256> found;
    for (const u256& slot : slots_read(chain, contract, calldata)) {
        const auto with = [&](const u256& value) {
            std::optional<u256> word;
            chain.undone([&] {
                chain.set_slot(contract, slot, value);
                const CallOutcome outcome = chain.view(contract, calldata);
                if (outcome.success && outcome.output.size() >= 32) word = outcome.word(0);
            });
            return word;
        };
        constexpr u256 low = 0x100000000000000000001234_u256, step{987654321};
        const auto one = with(low), two = with(low + step);
        if (one && two && *two - *one == step) {
            found = slot;
            break;
        }
    }
    return found;
}

}  // namespace osprey::test
