#include "strategy/revert_reason.hpp"

#include <gtest/gtest.h>

#include "primitives/abi.hpp"
#include "primitives/hex.hpp"

namespace osprey::strategy {
namespace {

Bytes error_of(std::string_view text) {
    Bytes data = abi::call(0x08c379a0, {u256{32}, u256{text.size()}});
    data.insert(data.end(), text.begin(), text.end());
    data.resize(4 + 64 + (text.size() + 31) / 32 * 32);
    return data;
}

TEST(RevertReason, SaysItInWords) {
    using evm::Status;
    EXPECT_EQ(reason_of(Status::revert, error_of("UniswapV2: K")), "UniswapV2: K");
    EXPECT_EQ(reason_of(Status::revert, error_of(std::string{"a\nb\x01"})), "a?b?");
    EXPECT_EQ(reason_of(Status::revert, {}), "reverted without a reason");
    EXPECT_EQ(reason_of(Status::out_of_gas, {}), evm::message_of(Status::out_of_gas));
    EXPECT_EQ(reason_of(Status::revert, abi::call(0x4e487b71, {u256{0x11}})), "arithmetic overflow");
    EXPECT_EQ(reason_of(Status::revert, abi::call(abi::selector("InsufficientGrowth(uint256,uint256)"), {5, 7})),
              "the profit token grew by less than demanded: 5, 7");
    const Address token{{{0xaa}}};
    EXPECT_EQ(reason_of(Status::revert, abi::call(abi::selector("TokenRefused(address)"), {to_u256(token)})),
              "a token refused a transfer or an approval: 0xaa00000000000000000000000000000000000000");
    EXPECT_EQ(reason_of(Status::revert, *parse_hex("0x12345678")), "reverted with 0x12345678");
    // Cut off, or claiming more than there is: the bytes, not a guess.
    Bytes cut = error_of("UniswapV2: K");
    cut.resize(40);
    EXPECT_EQ(reason_of(Status::revert, cut).substr(0, 14), "reverted with ");
    EXPECT_EQ(reason_of(Status::revert, *parse_hex("0x4e487b71")), "reverted with 0x4e487b71");
}

}  // namespace
}  // namespace osprey::strategy
