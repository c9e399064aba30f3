#include "primitives/keccak.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "primitives/keccak_impl.hpp"

namespace osprey {
namespace {

// Keccak as its specification tells it: byte-wise sponge, rotation offsets and round constants from their recurrences.
Hash reference(BytesView data) {
    uint8_t state[200]{};
    const auto lane = [&state](size_t x, size_t y) {
        uint64_t v = 0;
        for (size_t i = 8; i-- > 0;) v = v << 8 | state[8 * (x + 5 * y) + i];
        return v;
    };
    const auto set_lane = [&state](size_t x, size_t y, uint64_t v) {
        for (size_t i = 0; i < 8; ++i) state[8 * (x + 5 * y) + i] = static_cast<uint8_t>(v >> (8 * i));
    };
    const auto permute = [&] {
        uint8_t lfsr = 1;
        for (int round = 0; round < 24; ++round) {
            uint64_t c[5];
            for (size_t x = 0; x < 5; ++x) c[x] = lane(x, 0) ^ lane(x, 1) ^ lane(x, 2) ^ lane(x, 3) ^ lane(x, 4);
            for (size_t x = 0; x < 5; ++x)
                for (size_t y = 0; y < 5; ++y)
                    set_lane(x, y, lane(x, y) ^ c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1));
            size_t x = 1, y = 0;
            uint64_t moving = lane(x, y);
            for (int t = 0; t < 24; ++t) {
                const size_t new_y = (2 * x + 3 * y) % 5;
                x = y;
                y = new_y;
                const uint64_t here = lane(x, y);
                set_lane(x, y, std::rotl(moving, (t + 1) * (t + 2) / 2 % 64));
                moving = here;
            }
            for (y = 0; y < 5; ++y) {
                uint64_t row[5];
                for (x = 0; x < 5; ++x) row[x] = lane(x, y);
                for (x = 0; x < 5; ++x) set_lane(x, y, row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]));
            }
            uint64_t constant = 0;
            for (int j = 0; j < 7; ++j) {
                if ((lfsr & 1) != 0) constant |= uint64_t{1} << ((1 << j) - 1);
                lfsr = static_cast<uint8_t>((lfsr << 1) ^ ((lfsr >> 7) * 0x71));
            }
            set_lane(0, 0, lane(0, 0) ^ constant);
        }
    };
    size_t at = 0;
    for (const auto byte : data) {
        state[at++] ^= byte;
        if (at == keccak::rate) {
            permute();
            at = 0;
        }
    }
    state[at] ^= 0x01;
    state[keccak::rate - 1] ^= 0x80;
    permute();
    Hash h;
    std::memcpy(h.data(), state, 32);
    return h;
}

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes random_bytes(size_t size, uint64_t seed) {
    std::mt19937_64 engine(seed);
    Bytes b(size);
    for (auto& v : b) v = static_cast<uint8_t>(engine());
    return b;
}

struct Known {
    const char* input;
    u256 digest;
};
const Known known[] = {
    {"", 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470_u256},
    {"abc", 0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45_u256},
    {"testing", 0x5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02_u256},
    {"The quick brown fox jumps over the lazy dog",
     0x4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15_u256},
    {"Transfer(address,address,uint256)", 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef_u256},
};

std::vector<keccak::Single> supported_singles() {
    std::vector<keccak::Single> list;
    for (const auto& s : keccak::singles())
        if (s.supported()) list.push_back(s);
    return list;
}

TEST(Keccak, KnownDigests) {
    for (const auto& [input, digest] : known) {
        const Bytes b = bytes(input);
        EXPECT_EQ(to_u256(keccak256(b)), digest) << input;
        EXPECT_EQ(to_u256(reference(b)), digest) << input;
        for (const auto& s : supported_singles()) EXPECT_EQ(to_u256(s.hash(b.data(), b.size())), digest) << s.name;
    }
    EXPECT_EQ(keccak256({}), empty_code_hash);
    const uint8_t rlp_of_empty = 0x80;
    EXPECT_EQ(keccak256({&rlp_of_empty, 1}), empty_trie_root);
    // The slot of key 0 in the mapping at slot 0.
    const uint8_t zeros[64]{};
    EXPECT_EQ(to_u256(keccak256_64(zeros)), 0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5_u256);
}

TEST(Keccak, ChoosesTheFirstThatTheCpuSupports) {
    const auto all = supported_singles();
    ASSERT_FALSE(all.empty());
    EXPECT_STREQ(keccak_implementation(), all.front().name);
    EXPECT_STREQ(all.back().name, "scalar");
}

// At every offset from a word boundary too, with an end that a sanitizer watches.
TEST(Keccak, EveryLengthAgainstReference) {
    for (size_t size = 0; size <= 600; ++size) {
        const Bytes data = random_bytes(size, size);
        const Hash expected = reference(data);
        EXPECT_EQ(keccak256(data), expected) << size;
        const size_t offset = size % 8;
        Bytes shifted(offset);
        shifted.insert(shifted.end(), data.begin(), data.end());
        shifted.shrink_to_fit();
        for (const auto& s : supported_singles()) {
            EXPECT_EQ(s.hash(data.data(), size), expected) << s.name << ' ' << size;
            EXPECT_EQ(s.hash(shifted.data() + offset, size), expected) << s.name << ' ' << size;
        }
    }
}

TEST(Keccak, LongInputs) {
    for (const size_t size : {1024u, 24576u, 65537u}) {
        const Bytes data = random_bytes(size, size);
        const Hash expected = reference(data);
        for (const auto& s : supported_singles()) EXPECT_EQ(s.hash(data.data(), size), expected) << s.name;
    }
}

TEST(Keccak, SixtyFourBytes) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
        const Bytes data = random_bytes(64 + seed % 8, seed);
        const uint8_t* const unaligned = data.data() + seed % 8;
        const Hash expected = reference({unaligned, 64});
        EXPECT_EQ(keccak256_64(unaligned), expected);
        for (const auto& s : supported_singles()) EXPECT_EQ(s.hash_64(unaligned), expected) << s.name;
    }
}

class Inputs {
public:
    explicit Inputs(const std::vector<size_t>& sizes) {
        for (size_t i = 0; i < sizes.size(); ++i) data_.push_back(random_bytes(sizes[i], 1000 * i + sizes[i]));
        for (const auto& d : data_) views.emplace_back(d);
        for (const auto& d : data_) expected.push_back(reference(d));
    }
    std::vector<BytesView> views;
    std::vector<Hash> expected;

private:
    std::vector<Bytes> data_;
};

void expect_batches_equal(const Inputs& inputs) {
    std::vector<Hash> out(inputs.views.size());
    keccak256_batch(inputs.views, out.data());
    EXPECT_EQ(out, inputs.expected);
    for (const auto& s : supported_singles()) {
        std::ranges::fill(out, Hash{});
        keccak::hash_batch(s, nullptr, inputs.views, out.data());
        EXPECT_EQ(out, inputs.expected) << s.name;
        for (const auto& b : keccak::batches()) {
            if (!b.supported()) continue;
            std::ranges::fill(out, Hash{});
            keccak::hash_batch(s, &b, inputs.views, out.data());
            EXPECT_EQ(out, inputs.expected) << s.name << ' ' << b.name;
        }
    }
}

TEST(KeccakBatch, EveryCountOfEqualSizes) {
    for (size_t count = 0; count <= 40; ++count) {
        expect_batches_equal(Inputs(std::vector<size_t>(count, 64)));
        expect_batches_equal(Inputs(std::vector<size_t>(count, 532)));
    }
}

TEST(KeccakBatch, EveryLength) {
    for (size_t size = 0; size <= 600; ++size) expect_batches_equal(Inputs(std::vector<size_t>(8, size)));
}

TEST(KeccakBatch, MixedLengths) {
    std::mt19937_64 engine(7);
    for (int i = 0; i < 50; ++i) {
        std::vector<size_t> sizes(engine() % 100);
        for (auto& s : sizes) s = engine() % (engine() % 2 == 0 ? 140 : 1300);
        expect_batches_equal(Inputs(sizes));
    }
}

}  // namespace
}  // namespace osprey
