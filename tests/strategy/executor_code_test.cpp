#include "strategy/executor_code.hpp"

#include <gtest/gtest.h>

#include <set>

#include "evm/machine.hpp"
#include "primitives/abi.hpp"
#include "state/memory_state.hpp"

namespace osprey::strategy {
namespace {

const Address owner = to_address(u256{0x0111});
const Address operator_ = to_address(u256{0x0222});
const Address wrapped_native = to_address(u256{0x0333});

class ExecutorCode : public testing::Test {
protected:
    ExecutorCode() {
        for (const auto& who : {owner, operator_}) state_.set_account(who, {.balance = u256{1'000'000'000}});
    }
    evm::TransactResult send(evm::Fork fork, std::optional<Address> to, Bytes data, const Address& from = operator_,
                             const u256& value = {}) {
        Transaction tx;
        tx.nonce = nonces_[from]++;
        tx.gas_limit = 10'000'000;
        tx.to = to;
        tx.value = value;
        tx.data = std::move(data);
        tx.sender = from;
        auto result = machine_.transact(overlay_, {.fork = fork, .gas_limit = 30'000'000}, tx, {.unchecked = true});
        EXPECT_TRUE(result.has_value());
        return *result;
    }
    evm::TransactResult deploy(evm::Fork fork, bool transient) {
        const auto code = executor_creation_code(transient);
        Bytes data{code.begin(), code.end()};
        for (const auto& argument : {owner, operator_, wrapped_native}) {
            data.resize(data.size() + 32);
            store_be32(data.data() + data.size() - 32, to_u256(argument));
        }
        return send(fork, {}, std::move(data));
    }
    // run() with a header of the native coin, the minimum growth in wei, no payment, and the steps.
    static Bytes program(uint8_t min_growth, Bytes steps = {}) {
        Bytes data(4 + 20 + 16 + 12);
        store_selector(data, "run()");
        data[4 + 20 + 15] = min_growth;
        data.insert(data.end(), steps.begin(), steps.end());
        return data;
    }
    static void store_selector(Bytes& data, std::string_view signature) {
        const auto selector = abi::selector(signature);
        for (size_t i = 0; i < 4; ++i) data[i] = uint8_t(selector >> (24 - 8 * i));
    }
    static uint32_t reason(const evm::TransactResult& result) {
        uint32_t selector = 0;
        for (size_t i = 0; i < 4 && i < result.output.size(); ++i) selector = selector << 8 | result.output[i];
        return selector;
    }

    std::unordered_map<Address, uint64_t> nonces_;
    state::MemoryState state_;
    state::Overlay overlay_{state_};
    evm::Machine machine_;
};

// Both builds, each under the oldest rules that it is made for: no instruction in them is newer.
TEST_F(ExecutorCode, RunsUnderTheRulesThatItIsBuiltFor) {
    for (const auto& [fork, transient] :
         {std::pair{evm::Fork::cancun, true}, {evm::Fork::istanbul, false}, {evm::Fork::osaka, false}}) {
        const auto deployed = deploy(fork, transient);
        ASSERT_TRUE(deployed.success()) << evm::message_of(deployed.status);
        const auto executor = *deployed.contract_address;
        EXPECT_TRUE(send(fork, executor, program(0)).success());
        EXPECT_TRUE(send(fork, executor, program(0)).success()) << "idle again after the first run";
        EXPECT_EQ(reason(send(fork, executor, program(0), owner)), abi::selector("NotOperator()"));
        EXPECT_EQ(reason(send(fork, executor, program(1))), abi::selector("InsufficientGrowth(uint256,uint256)"));
        EXPECT_EQ(reason(send(fork, executor, program(0, {0x1f}))), abi::selector("MalformedProgram()"));
        EXPECT_EQ(reason(send(fork, executor, Bytes{0x10, 0xd1, 0xe8, 0x5c})), abi::selector("UnexpectedCallback()"));
    }
}

// The instructions of the code, in order; what follows a PUSH is not one.
std::set<uint8_t> instructions(BytesView code) {
    std::set<uint8_t> found;
    for (size_t at = 0; at < code.size(); ++at) {
        found.insert(code[at]);
        if (code[at] >= 0x60 && code[at] <= 0x7f) at += code[at] - 0x5fU;
    }
    return found;
}

// Also in code that no run here reaches.
TEST(ExecutorLegacyCode, HasNoInstructionThatIstanbulLacks) {
    constexpr uint8_t newer[] = {0x48, 0x49, 0x4a, 0x5c, 0x5d, 0x5e, 0x5f};  // BASEFEE .. BLOBBASEFEE, TLOAD .. PUSH0
    for (const auto opcode : newer) EXPECT_FALSE(instructions(executor_creation_code(false)).contains(opcode));
    EXPECT_TRUE(instructions(executor_creation_code(true)).contains(0x5c));
    EXPECT_TRUE(instructions(executor_creation_code(true)).contains(0x5f));
}

// transfer of 5 wei of native coin that came with the call.
TEST_F(ExecutorCode, MovesWhatTheProgramSays) {
    const auto executor = *deploy(evm::Fork::cancun, true).contract_address;
    Bytes step(1 + 20 + 20 + 16);
    step[0] = 0x01;
    step[40] = 0x99;
    step[56] = 5;
    EXPECT_EQ(reason(send(evm::Fork::cancun, executor, program(0, step))),
              abi::selector("NativeTransferFailed(address)"));
    EXPECT_EQ(reason(send(evm::Fork::cancun, executor, program(0, step), operator_, u256{7})),
              abi::selector("InsufficientGrowth(uint256,uint256)"));
    EXPECT_TRUE(send(evm::Fork::cancun, executor, {}, owner, u256{9}).success());
    step[0] = 0x41;
    EXPECT_EQ(reason(send(evm::Fork::cancun, executor, program(0, step))), abi::selector("MalformedProgram()"));
    EXPECT_FALSE(overlay_.account(to_address(u256{0x99})).exists);
}

}  // namespace
}  // namespace osprey::strategy
