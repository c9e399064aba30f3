// Real blocks: whatever their JSON says of hashes, senders and blooms must come out of our own encoding.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "support/test_data.hpp"
#include "types/json.hpp"
#include "types/json_reader.hpp"

namespace osprey {
namespace {

using test::test_data;

/// The unpacked text of a .zst file; empty when it cannot be had.
std::string read_zst(const std::filesystem::path& path) {
    std::string text;
    FILE* pipe = ::popen(("zstd -d -q -c '" + path.string() + "'").c_str(), "r");
    if (pipe == nullptr) return text;
    std::array<char, 1 << 16> chunk;
    while (const auto n = std::fread(chunk.data(), 1, chunk.size(), pipe)) text.append(chunk.data(), n);
    ::pclose(pipe);
    return text;
}

/// The recordings in a data folder, or empty.
std::vector<std::filesystem::path> recordings(std::string_view folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator{test_data(folder), absent})
        if (entry.path().filename().string().ends_with(".json.zst")) paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

struct Recording {
    std::optional<Block> block;
    std::optional<Bytes> block_rlp;
    std::optional<std::vector<Receipt>> receipts;
};

JsonStatus read_json(JsonElement e, Recording& out) {
    return JsonObject{e}
        .optional("block", out.block)
        .optional("blockRlp", out.block_rlp)
        .optional("receipts", out.receipts)
        .end();
}

Result<Recording> read_recording(const std::filesystem::path& path) {
    const auto document = JsonDocument::parse(read_zst(path));
    if (!document) return std::unexpected(document.error());
    Recording recording;
    if (const auto done = read_json(document->root(), recording); !done)
        return std::unexpected(done.error().to_error());
    return recording;
}

/// EIP-2 came with Homestead.
bool homestead(const Block& block, bool mainnet) { return !mainnet || block.header.number >= 1'150'000; }

void check_senders(const Block& block, bool mainnet) {
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        auto tx = block.transactions[i];
        tx.sender = {};
        if (tx.type == TxType::deposit) continue;
        const auto recovered = recover_senders(tx, homestead(block, mainnet));
        ASSERT_TRUE(recovered) << recovered.error().message;
        EXPECT_EQ(to_hex(tx.sender), to_hex(block.transactions[i].sender)) << "transaction " << i;
    }
}

/// The encoding gives back everything that the JSON said, except what it does not carry.
void check_round_trip(const Block& block) {
    if (!block.ommer_hashes.empty()) return;  // JSON has their hashes only
    auto decoded = decode_block(encode(block));
    ASSERT_TRUE(decoded) << decoded.error().message;
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        auto& tx = decoded->transactions.at(i);
        tx.sender = block.transactions[i].sender;
        recover_authorities(tx);
    }
    EXPECT_EQ(*decoded, block);
}

void check_json_round_trip(const Block& block) {
    JsonWriter w;
    write_json(w, block);
    const auto read = parse_block(w.view());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, block);
}

void check_receipts(const Block& block, const std::vector<Receipt>& receipts) {
    EXPECT_EQ(receipts.size(), block.transactions.size());
    EXPECT_EQ(bloom_of(receipts), block.header.logs_bloom);
    for (size_t i = 0; i < receipts.size(); ++i) EXPECT_EQ(receipts[i].type, block.transactions.at(i).type) << i;
    if (!receipts.empty()) {
        EXPECT_EQ(receipts.back().cumulative_gas_used, block.header.gas_used);
    }
    JsonWriter w;
    write_json(w, block, receipts);
    EXPECT_EQ(parse_receipts(w.view()), receipts);
}

void check_recordings(std::string_view folder, bool mainnet) {
    const auto paths = recordings(folder);
    if (paths.empty()) GTEST_SKIP() << "no recorded blocks in " << test_data(folder);
    for (const auto& path : paths) {
        SCOPED_TRACE(path.filename().string());
        const auto recording = read_recording(path);
        ASSERT_TRUE(recording) << recording.error().message;
        Block block;
        if (recording->block) {
            block = *recording->block;
        } else {
            ASSERT_TRUE(recording->block_rlp);
            auto decoded = decode_block(*recording->block_rlp);
            ASSERT_TRUE(decoded) << decoded.error().message;
            EXPECT_EQ(encode(*decoded), *recording->block_rlp);
            block = std::move(*decoded);
            for (auto& tx : block.transactions) ASSERT_TRUE(recover_senders(tx));
        }
        const auto hashes = check_hashes(block);
        EXPECT_TRUE(hashes) << hashes.error().message;
        check_senders(block, mainnet);
        check_round_trip(block);
        check_json_round_trip(block);
        if (recording->receipts) check_receipts(block, *recording->receipts);
    }
}

TEST(RecordedBlocks, Ethereum) { check_recordings("blocks", true); }
TEST(RecordedBlocks, Optimism) { check_recordings("blocks-optimism", false); }

}  // namespace
}  // namespace osprey
