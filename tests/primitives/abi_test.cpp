#include "primitives/abi.hpp"

#include <gtest/gtest.h>

#include <random>

#include "primitives/hex.hpp"

namespace osprey::abi {
namespace {

using namespace literals;

std::vector<Type> inputs(std::string_view signature) { return parse_signature(signature).value().inputs; }

/// Calldata as the specification prints it: words one after the other.
std::string words(std::initializer_list<std::string_view> list) {
    std::string out = "0x";
    for (const auto w : list) {
        const bool left = w.starts_with('<');  // left-aligned, as bytes are
        const auto digits = left ? w.substr(1) : w;
        const std::string zeros(64 - digits.size(), '0');
        out += left ? std::string(digits) + zeros : zeros + std::string(digits);
    }
    return out;
}

Bytes text(std::string_view s) { return {s.begin(), s.end()}; }

/// Both directions at once.
void expect_vector(std::string_view signature, const Values& values, const std::string& expected) {
    const auto types = inputs(signature);
    const auto encoded = encode(types, values);
    ASSERT_TRUE(encoded) << encoded.error().message;
    EXPECT_EQ(to_hex(*encoded), expected) << signature;
    const auto decoded = decode(types, parse_hex(expected).value());
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, values) << signature;
}

TEST(Abi, SelectorsAndTopics) {
    EXPECT_EQ(selector("transfer(address,uint256)"), 0xa9059cbbU);
    EXPECT_EQ(selector("transfer(address,uint)"), 0xa9059cbbU);
    EXPECT_EQ(selector("baz(uint32,bool)"), 0xcdcd77c0U);
    EXPECT_EQ(selector("bar(bytes3[2])"), 0xfce353f6U);
    EXPECT_EQ(selector("sam(bytes,bool,uint256[])"), 0xa5643bf2U);
    EXPECT_EQ(selector("f(uint256,uint32[],bytes10,bytes)"), 0x8be65246U);
    EXPECT_EQ(selector("g(uint256[][],string[])"), 0x2289b18cU);
    EXPECT_EQ(selector("exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))"),
              0x414bf389U);
    EXPECT_EQ(selector("token0()"), 0x0dfe1681U);
    EXPECT_EQ(event_topic("Transfer(address,address,uint256)"),
              "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"_hash);
    EXPECT_EQ(event_topic("Swap(address,address,int256,int256,uint160,uint128,int24)"),
              "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67"_hash);
    EXPECT_THROW(selector("transfer(address"), std::invalid_argument);
}

// The examples of the specification, and cases around them.
TEST(Abi, SpecificationVectors) {
    expect_vector("baz(uint32,bool)", {u256{69}, true}, words({"45", "1"}));
    expect_vector("bar(bytes3[2])", {list({text("abc"), text("def")})}, words({"<616263", "<646566"}));
    expect_vector("sam(bytes,bool,uint256[])", {text("dave"), true, list({u256{1}, u256{2}, u256{3}})},
                  words({"60", "1", "a0", "4", "<64617665", "3", "1", "2", "3"}));
    expect_vector(
        "f(uint256,uint32[],bytes10,bytes)",
        {u256{0x123}, list({u256{0x456}, u256{0x789}}), text("1234567890"), text("Hello, world!")},
        words({"123", "80", "<31323334353637383930", "e0", "2", "456", "789", "d", "<48656c6c6f2c20776f726c6421"}));
    expect_vector("g(uint256[][],string[])",
                  {list({list({u256{1}, u256{2}}), list({u256{3}})}),
                   list({std::string{"one"}, std::string{"two"}, std::string{"three"}})},
                  words({"40", "140", "2",  "40", "a0", "2",       "1", "2",       "1", "3",
                         "3",  "60",  "a0", "e0", "3",  "<6f6e65", "3", "<74776f", "5", "<7468726565"}));
}

TEST(Abi, SignedTuplesAndNestedArrays) {
    expect_vector("f(int24,int256)", {-u256{1}, -u256{5}}, words({std::string(64, 'f'), std::string(63, 'f') + "b"}));
    expect_vector("f((uint256,address)[2])",
                  {list({list({u256{1}, "0x00000000000000000000000000000000000000aa"_address}),
                         list({u256{2}, "0x00000000000000000000000000000000000000bb"_address})})},
                  words({"1", "aa", "2", "bb"}));
    // A tuple with a dynamic member stands behind an offset; offsets inside it count from its own start.
    expect_vector("f((uint256,bytes),uint8)", {list({u256{7}, text("xy")}), u256{9}},
                  words({"40", "9", "7", "40", "2", "<7879"}));
    expect_vector("f(string[2])", {list({std::string{"a"}, std::string{""}})},
                  words({"20", "40", "80", "1", "<61", "0"}));
    expect_vector("f()", {}, "0x");
    expect_vector("f(uint256[])", {list({})}, words({"20", "0"}));
}

TEST(Abi, TypesAreCanonicalOrRefused) {
    EXPECT_EQ(parse_type("(uint,int,bytes32[])[3][]").value().name(), "(uint256,int256,bytes32[])[3][]");
    EXPECT_EQ(parse_type("uint8[4][2]").value().head_words(), 8U);
    for (const char* bad : {"",
                            "uint7",
                            "uint0",
                            "uint264",
                            "uint08",
                            "int",
                            "bytes0",
                            "bytes33",
                            "bytes032",
                            "addres",
                            "bool8",
                            "address20",
                            "fixed128x18",
                            "uint256[",
                            "uint256[0]",
                            "uint256[-1]",
                            "uint256[01]",
                            "uint256]",
                            "()",
                            "(uint256",
                            "(uint256,)",
                            "(,)",
                            "uint256 ",
                            "uint256[70000]",
                            "uint256[300][300]",
                            "Uint256",
                            "uint256[99999999999999999999]"}) {
        const auto t = parse_type(bad);
        EXPECT_EQ(t.has_value(), std::string_view(bad) == "int") << bad;
    }
    EXPECT_FALSE(parse_type(std::string(100'000, '(')));
    std::string deep = "uint8";
    for (int i = 0; i < 100'000; ++i) deep += "[]";
    EXPECT_FALSE(parse_type(deep));
    for (const char* bad : {"", "f", "f(", "f(uint256", "f(uint256))", "(uint256)", "1f()", "f(uint256 a)", "f()x"})
        EXPECT_FALSE(parse_signature(bad)) << bad;
    EXPECT_EQ(parse_type("uint256[0]").error().message, "ABI type 'uint256[0]': bad array length at offset 9");
}

TEST(Abi, ValuesThatDoNotFitAreNamed) {
    const auto error = [](std::string_view signature, const Values& v) {
        return encode(inputs(signature), v).error().message;
    };
    EXPECT_EQ(error("f(uint8)", {u256{256}}), "ABI encoding: value 0: not a value of uint8");
    EXPECT_EQ(error("f(int8)", {u256{128}}), "ABI encoding: value 0: not a value of int8");
    EXPECT_EQ(error("f(int8)", {-u256{129}}), "ABI encoding: value 0: not a value of int8");
    EXPECT_EQ(error("f(bool,address)", {true, u256{1}}), "ABI encoding: value 1: not a value of address");
    EXPECT_EQ(error("f(bytes4)", {text("abc")}), "ABI encoding: value 0: not a value of bytes4");
    EXPECT_EQ(error("f((bool,uint8[])[])", {list({list({true, list({})}), list({true, list({u256{1}, u256{999}})})})}),
              "ABI encoding: value 0: value 1: value 1: value 1: not a value of uint8");
    EXPECT_EQ(error("f(uint8[2])", {list({u256{1}})}), "ABI encoding: value 0: not a value of uint8[2]");
    EXPECT_EQ(error("f(uint8)", {}), "0 values for 1 types");
    EXPECT_TRUE(encode(inputs("f(int8,int8,uint8)"), {-u256{128}, u256{127}, u256{255}}));
}

std::string decode_error(std::string_view signature, const std::string& data) {
    const auto r = decode(inputs(signature), parse_hex(data).value());
    return r ? "" : r.error().message;
}

TEST(Abi, DirtyWordsAreRefused) {
    EXPECT_EQ(decode_error("f(uint8)", words({"100"})), "ABI decoding: value 0: an integer beyond its type at byte 0");
    EXPECT_EQ(decode_error("f(int8)", words({"80"})), "ABI decoding: value 0: an integer beyond its type at byte 0");
    EXPECT_EQ(decode_error("f(int8)", words({std::string(62, 'f') + "80"})), "");
    EXPECT_EQ(decode_error("f(bool)", words({"2"})), "ABI decoding: value 0: a bool that is neither 0 nor 1 at byte 0");
    EXPECT_EQ(decode_error("f(bool,address)", words({"1", "1" + std::string(40, '0')})),
              "ABI decoding: value 1: more than an address at byte 32");
    EXPECT_EQ(decode_error("f(bytes2)", words({"<616263"})),
              "ABI decoding: value 0: more bytes than the type has at byte 0");
}

TEST(Abi, HostileOffsetsAndLengthsAreRefused) {
    const std::string huge(64, 'f');
    EXPECT_EQ(decode_error("f(uint256)", "0x"), "ABI decoding: value 0: the data ends at byte 0");
    EXPECT_EQ(decode_error("f(uint256,uint256)", words({"1"}) + "00"),
              "ABI decoding: value 1: the data ends at byte 32");
    EXPECT_EQ(decode_error("f(bytes)", words({huge})), "ABI decoding: value 0: an offset beyond the data at byte 0");
    EXPECT_EQ(decode_error("f(bytes)", words({"20"})), "ABI decoding: value 0: the data ends at byte 32");
    EXPECT_EQ(decode_error("f(bytes)", words({"20", huge})),
              "ABI decoding: value 0: a length beyond the data at byte 32");
    EXPECT_EQ(decode_error("f(bytes)", words({"20", "1"})),
              "ABI decoding: value 0: a length beyond the data at byte 32");
    EXPECT_EQ(decode_error("f(uint256[])", words({"20", huge})),
              "ABI decoding: value 0: a length beyond the data at byte 32");
    EXPECT_EQ(decode_error("f(uint256[])", words({"20", "3", "1", "2"})),
              "ABI decoding: value 0: a length beyond the data at byte 32");
    EXPECT_EQ(decode_error("f(uint256[1000][])", words({"20", "2", "1", "2"})),
              "ABI decoding: value 0: a length beyond the data at byte 32");
    EXPECT_EQ(decode_error("f(string[60000][60000])", words({"0", "0"})),
              "ABI decoding: value 0: value 0: value 2: the data ends at byte 64");
    // The last bytes need no padding, and unused data is no error: Solidity sees it so.
    EXPECT_EQ(decode_error("f(bytes)", words({"20", "1"}) + "ff"), "");
    EXPECT_EQ(decode_error("f(uint256)", words({"1", "2"})), "");
}

TEST(Abi, SharedDataCannotGrowWithoutBound) {
    // Seven levels of 64 elements that all point to the same next level: 64^7 elements if they were followed.
    Bytes data;
    const auto word = [&data](uint64_t v) {
        data.resize(data.size() + word_size);
        put_word(data.data() + data.size() - word_size, 0, u256{v});
    };
    word(word_size);
    for (int level = 0; level < 7; ++level) {
        word(64);
        for (int i = 0; i < 64; ++i) word(64 * word_size);
    }
    word(0);
    const auto r = decode(inputs("f(uint256[][][][][][][][])"), data);
    ASSERT_FALSE(r);
    EXPECT_NE(r.error().message.find("data shared too often"), std::string::npos) << r.error().message;
    // A self-reference: the offset of element 0 leads back to the array that it is in.
    EXPECT_FALSE(decode(inputs("f(bytes[][][])"), parse_hex(words({"0", "0"})).value()) &&
                 decode(inputs("f(bytes[])"), parse_hex(words({"20", "1", "0"})).value())->empty());
}

TEST(Abi, NoiseNeverReadsOutside) {
    // Sanitizers watch; whatever is accepted can be written again and reads the same.
    std::mt19937_64 random{31};
    const auto types = inputs("f(bytes,uint8[],(bool,string)[2],int16[2][],bytes4)");
    int accepted = 0;
    for (int i = 0; i < 200'000; ++i) {
        Bytes data(word_size * (random() % 30) + random() % 3);
        for (size_t w = 0; w + word_size <= data.size(); w += word_size)
            if (random() % 8 != 0) data[w + word_size - 1] = static_cast<uint8_t>(random() % 4 * word_size);
        const auto values = decode(types, data);
        if (!values) continue;
        ++accepted;
        const auto again = encode(types, *values);
        ASSERT_TRUE(again);
        ASSERT_EQ(decode(types, *again).value(), *values);
    }
    EXPECT_GT(accepted, 0);
}

TEST(Abi, KnownLayouts) {
    const auto to = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address;
    const Bytes data = call(selector("transfer(address,uint256)"), {to_u256(to), u256{12345}});
    EXPECT_EQ(data, encode_call(parse_signature("transfer(address,uint256)").value(), {to, u256{12345}}).value());
    EXPECT_EQ(selector_of(data), 0xa9059cbbU);
    const auto args = BytesView{data}.subspan(4);
    EXPECT_TRUE(has_words(args, 2));
    EXPECT_FALSE(has_words(args, 3));
    EXPECT_EQ(address_at(args, 0), to);
    EXPECT_EQ(word_at(args, 1), u256{12345});
    Bytes written(64, 0xee);
    put_word(written.data(), 0, to);
    put_word(written.data(), 1, u256{12345});
    EXPECT_TRUE(std::ranges::equal(written, args));
    EXPECT_EQ(selector_of(BytesView{data}.first(3)), 0U);
}

}  // namespace
}  // namespace osprey::abi
