#include "primitives/rlp.hpp"

#include <gmp.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>

#include "primitives/hex.hpp"
#include "support/test_data.hpp"

namespace osprey::rlp {
namespace {

Bytes hex(std::string_view text) { return parse_hex(text).value(); }

BytesView view(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string error_of(std::string_view text) {
    const auto r = decode(hex(text));
    return r ? "" : r.error().message;
}

TEST(Rlp, WritesTheShortestForm) {
    EXPECT_EQ(encode(Bytes{}), hex("80"));
    EXPECT_EQ(encode(Bytes{0x00}), hex("00"));
    EXPECT_EQ(encode(Bytes{0x7f}), hex("7f"));
    EXPECT_EQ(encode(Bytes{0x80}), hex("8180"));
    EXPECT_EQ(encode(u256{}), hex("80"));
    EXPECT_EQ(encode(u256{15}), hex("0f"));
    EXPECT_EQ(encode(u256{1024}), hex("820400"));
    EXPECT_EQ(encode(u256::max()), hex("a0" + std::string(64, 'f')));
    EXPECT_EQ(encode(Bytes(55, 1)).size(), 56U);
    EXPECT_EQ(encode(Bytes(56, 1)).size(), 58U);
    EXPECT_EQ(encode(Bytes(256, 1)).size(), 259U);
    EXPECT_EQ(encode(Bytes(65536, 1))[0], 0xba);

    Writer w;
    const auto outer = w.begin_list();
    w.integer(uint64_t{0});
    const auto inner = w.begin_list();
    w.bytes(view("cat"));
    w.end_list(inner);
    w.raw(hex("c0"));
    w.end_list(outer);
    EXPECT_EQ(std::move(w).take(), hex("c780c483636174c0"));
}

TEST(Rlp, RefusesWhatIsNotCanonical) {
    EXPECT_EQ(error_of(""), "RLP: an item is missing at byte 0");
    EXPECT_EQ(error_of("817f"), "RLP: a byte below 0x80 has a header of its own at byte 0");
    EXPECT_EQ(error_of("c28100"), "RLP: a byte below 0x80 has a header of its own at byte 1");
    EXPECT_EQ(error_of("8080"), "RLP: bytes follow the item at byte 1");
    EXPECT_EQ(error_of("83aabb"), "RLP: an item reaches beyond the end at byte 0");
    EXPECT_EQ(error_of("c3c28001"), "");
    EXPECT_EQ(error_of("c2c201"), "RLP: an item reaches beyond the end at byte 1");
    EXPECT_EQ(error_of("b800"), "RLP: a length has a leading zero at byte 0");
    EXPECT_EQ(error_of("b90038" + std::string(112, '1')), "RLP: a length has a leading zero at byte 0");
    EXPECT_EQ(error_of("b837" + std::string(110, '1')), "RLP: a short length is in the long form at byte 0");
    EXPECT_EQ(error_of("b838" + std::string(112, '1')), "");
    EXPECT_EQ(error_of("f837" + std::string(110, '1')), "RLP: a short length is in the long form at byte 0");
    EXPECT_EQ(error_of("bf"), "RLP: an item reaches beyond the end at byte 0");
    // Lengths that wrap around when the header is added.
    EXPECT_EQ(error_of("bfffffffffffffffff"), "RLP: an item reaches beyond the end at byte 0");
    EXPECT_EQ(error_of("fffffffffffffffff8"), "RLP: an item reaches beyond the end at byte 0");
    EXPECT_EQ(error_of("c9bffffffffffffffff6"), "RLP: an item reaches beyond the end at byte 1");
}

TEST(Rlp, ReaderChecksTypesAndSizes) {
    const Bytes data =
        hex("f84f"
            "820400"
            "94000102030405060708090a0b0c0d0e0f10111213"
            "80"
            "a0000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            "c101"
            "8400000001"
            "89010000000000000000"
            "83646f67");
    Reader outer{data};
    Reader in = outer.list().value();
    EXPECT_TRUE(outer.end());
    EXPECT_EQ(in.u64().value(), 1024U);
    EXPECT_EQ(in.address().value().bytes[19], 0x13);
    EXPECT_EQ(in.maybe_address().value(), std::nullopt);
    EXPECT_EQ(in.hash().value().bytes[31], 0x1f);
    EXPECT_EQ(in.end().error().message, "RLP: more than was asked for at byte 60");
    EXPECT_EQ(Reader{in}.bytes().error().message, "RLP: a list where a string belongs at byte 60");
    Reader inner = in.list().value();
    EXPECT_EQ(inner.integer().value(), u256{1});
    EXPECT_EQ(inner.next().error().message, "RLP: an item is missing at byte 62");
    EXPECT_EQ(Reader{in}.list().error().message, "RLP: a string where a list belongs at byte 62");
    EXPECT_EQ(Reader{in}.address().error().message, "RLP: an address is not 20 bytes at byte 62");
    EXPECT_EQ(Reader{in}.hash().error().message, "RLP: a hash is not 32 bytes at byte 62");
    EXPECT_EQ(in.integer().error().message, "RLP: an integer has a leading zero at byte 62");
    EXPECT_EQ(Reader{in}.u64().error().message, "RLP: an integer has more than 64 bits at byte 67");
    EXPECT_EQ(in.integer().value(), u256{1} << 64);
    EXPECT_EQ(in.bytes().value().size(), 3U);
    EXPECT_TRUE(in.empty());
    EXPECT_TRUE(in.end());

    const Bytes empty = hex("80");
    EXPECT_EQ(Reader{empty}.address().error().message, "RLP: an address is empty at byte 0");
    EXPECT_EQ(Reader{empty}.integer().value(), u256{});
    const Bytes wide = hex("a101" + std::string(64, '0'));
    EXPECT_EQ(Reader{wide}.integer().error().message, "RLP: an integer has more than 256 bits at byte 0");
}

/// `count` random items, lists to `depth`, written and at once expected back.
void write_random(std::mt19937_64& random, Writer& w, int count, int depth) {
    for (int i = 0; i < count; ++i) {
        if (depth > 0 && random() % 3 == 0) {
            const auto mark = w.begin_list();
            write_random(random, w, static_cast<int>(random() % 5), depth - 1);
            w.end_list(mark);
            continue;
        }
        const size_t sizes[] = {0, 1, 2, 20, 32, 55, 56, 57, 255, 256, 300};
        Bytes b(sizes[random() % std::size(sizes)]);
        for (auto& x : b) x = static_cast<uint8_t>(random());
        w.bytes(b);
    }
}

void copy(Reader from, Writer& to) {
    while (!from.empty()) {
        const auto item = from.next().value();
        if (!item.is_list) {
            to.bytes(item.payload);
            continue;
        }
        const auto mark = to.begin_list();
        copy(Reader{item.payload}, to);
        to.end_list(mark);
    }
}

TEST(Rlp, RandomTreesRoundTripAndTruncationsAreRefused) {
    std::mt19937_64 random{99};
    for (int i = 0; i < 2000; ++i) {
        Writer w;
        const auto mark = w.begin_list();
        write_random(random, w, static_cast<int>(random() % 6), 4);
        w.end_list(mark);
        const Bytes encoded = std::move(w).take();
        ASSERT_TRUE(decode(encoded));
        Writer again;
        copy(Reader{encoded}, again);
        ASSERT_EQ(std::move(again).take(), encoded);
        ASSERT_FALSE(decode(BytesView{encoded}.first(random() % encoded.size())));
    }
}

TEST(Rlp, AcceptedNoiseIsCanonical) {
    // Whatever decode() takes must come out the same when it is written again.
    std::mt19937_64 random{5};
    int accepted = 0;
    for (int i = 0; i < 500'000; ++i) {
        Bytes noise(1 + random() % 12);
        for (auto& b : noise) b = static_cast<uint8_t>(random() % 4 == 0 ? 0xc0 + random() % 6 : random());
        noise[0] = static_cast<uint8_t>(0xc0 + noise.size() - 1);
        if (!decode(noise)) continue;
        ++accepted;
        Writer again;
        copy(Reader{noise}, again);
        ASSERT_EQ(std::move(again).take(), noise) << to_hex(noise);
    }
    EXPECT_GT(accepted, 1000);
}

TEST(Rlp, DepthIsNoDanger) {
    // A million lists, each the only item of the one around it.
    constexpr size_t depth = 1'000'000;
    Bytes nested;
    nested.reserve(5 * depth);
    size_t length = 0;
    for (size_t i = 0; i < depth; ++i) {
        // Built from the inside out, and reversed at the end.
        size_t width = 0;
        if (length > 55)
            for (size_t rest = length; rest != 0; rest >>= 8, ++width) nested.push_back(static_cast<uint8_t>(rest));
        nested.push_back(static_cast<uint8_t>(width == 0 ? 0xc0 + length : 0xf7 + width));
        length += 1 + width;
    }
    std::ranges::reverse(nested);
    EXPECT_TRUE(decode(nested));
    nested.back() = 0xc1;
    EXPECT_FALSE(decode(nested));
    EXPECT_FALSE(decode(Bytes(depth, 0xc1)));
}

// --- the official vectors ---------------------------------------------------------------------

using Json = simdjson::dom::element;

void write_json(Json value, Writer& w) {
    if (value.is_array()) {
        const auto mark = w.begin_list();
        for (const Json item : value.get_array()) write_json(item, w);
        w.end_list(mark);
    } else if (value.is_string()) {
        const std::string text{std::string_view(value.get_string())};
        if (!text.starts_with('#')) {
            w.bytes(view(text));
            return;
        }
        mpz_t number;
        mpz_init_set_str(number, text.c_str() + 1, 10);
        Bytes bytes((mpz_sizeinbase(number, 2) + 7) / 8);
        mpz_export(bytes.data(), nullptr, 1, 1, 1, 0, number);
        mpz_clear(number);
        w.bytes(bytes);
    } else {
        w.integer(uint64_t{value.get_uint64()});
    }
}

TEST(Rlp, OfficialVectors) {
    const auto root = test::statetests_dir();
    if (!root) GTEST_SKIP() << test::statetests_missing();
    int valid = 0, invalid = 0;
    for (const char* file : {"rlptest.json", "invalidRLPTest.json", "RandomRLPTests/example.json"}) {
        simdjson::dom::parser parser;
        const simdjson::dom::object cases = parser.load((*root / "et/RLPTests" / file).string()).get_object();
        for (const auto& [name, test] : cases) {
            const Bytes encoded = hex(std::string_view(test["out"].get_string()));
            const auto decoded = decode(encoded);
            const Json in = test["in"];
            const std::string_view kind = in.is_string() ? std::string_view(in.get_string()) : "";
            if (kind == "INVALID") {
                EXPECT_FALSE(decoded) << name;
                ++invalid;
                continue;
            }
            ++valid;
            EXPECT_TRUE(decoded) << name;
            if (kind == "VALID") continue;
            Writer w;
            write_json(in, w);
            EXPECT_EQ(to_hex(w.view()), to_hex(encoded)) << name;
        }
    }
    EXPECT_EQ(valid, 29);
    EXPECT_EQ(invalid, 26);
}

}  // namespace
}  // namespace osprey::rlp
