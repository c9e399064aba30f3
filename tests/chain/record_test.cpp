#include "chain/record.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "chain/compressed_file.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "support/test_data.hpp"
#include "types/json_writer.hpp"

namespace osprey::chain {
namespace {

namespace fs = std::filesystem;
using namespace literals;

#define SKIP_WITHOUT(path) \
    if (!fs::exists(path)) GTEST_SKIP() << "the recorded data is absent: no " << (path).string()

/// A folder that is gone with the test.
class Scratch {
public:
    Scratch() {
        auto name = (fs::temp_directory_path() / "osprey-record-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Scratch() {
        std::error_code error;
        fs::remove_all(path_, error);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    fs::path operator/(std::string_view name) const { return path_ / name; }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

void write_raw(const fs::path& path, std::string_view content) {
    std::ofstream{path, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
}
std::string read_raw(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

// --- everything that was recorded ---------------------------------------------------------------

void load_all(const fs::path& folder, size_t at_least) {
    SKIP_WITHOUT(folder);
    const auto files = find_records(std::vector{folder});
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_GE(files->size(), at_least);
    for (const auto& file : *files) {
        const auto record = load_record(file);
        ASSERT_TRUE(record) << record.error().message;
        EXPECT_EQ(record->path, file);
        EXPECT_EQ(file.filename().string().substr(0, file.filename().string().find('.')),
                  std::to_string(record->number));
        EXPECT_EQ(record->block.hash, hash_of(record->block.header));
        EXPECT_EQ(record->state().block_hash(record->number - 1).value(), record->block.header.parent_hash);
        EXPECT_NE(record->witness == nullptr, record->prestate == nullptr);
        if (record->has_receipts) {
            EXPECT_EQ(record->receipts.size(), record->block.transactions.size());
        }
        if (record->witness) {
            EXPECT_EQ(record->witness->root(), record->parent_state_root.value());
            // Each sender paid, so the witness must tell of it.
            for (const auto& tx : record->block.transactions) {
                const auto sender = record->witness->account(tx.sender);
                ASSERT_TRUE(sender) << sender.error().message;
                EXPECT_TRUE(sender->has_value());
            }
            const auto miner = record->witness->account(record->block.header.coinbase);
            EXPECT_TRUE(miner) << miner.error().message;
        }
    }
}

TEST(LoadRecord, EveryMainnetBlock) { load_all(test::test_data("blocks"), 53); }
TEST(LoadRecord, EveryOptimismBlock) { load_all(test::test_data("blocks-optimism"), 7); }

/// On accounts: these witnesses were recorded without the nodes of storage tries.
TEST(LoadRecord, BothFormsOfABlockAgree) {
    const auto folder = test::test_data("blocks");
    SKIP_WITHOUT(folder);
    for (const auto* number : {"1150000", "2675000", "4370000", "9069000", "19426587"}) {
        auto prestate = load_record(folder / (std::string{number} + ".prestate.json.zst"));
        auto witness = load_record(folder / (std::string{number} + ".witness.json.zst"));
        ASSERT_TRUE(prestate && witness);
        EXPECT_EQ(prestate->block, witness->block);
        for (const auto& [address, account] : prestate->prestate->accounts()) {
            const auto proven = witness->witness->account(address);
            ASSERT_TRUE(proven) << proven.error().message;
            ASSERT_TRUE(proven->has_value()) << to_hex(address);
            EXPECT_EQ((*proven)->balance, account.info.balance);
            EXPECT_EQ((*proven)->nonce, account.info.nonce);
        }
    }
}

// --- faults -------------------------------------------------------------------------------------

/// One recorded block as text that a test may spoil before it loads it.
class Spoiled : public testing::Test {
protected:
    void take(const char* name) {
        const auto path = test::test_data("blocks") / name;
        SKIP_WITHOUT(path);
        text = read_file(path).value();
    }
    void replace(std::string_view from, std::string_view to) {
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        text.replace(at, from.size(), to);
    }
    /// The error's text without the file's name, which must stand before it.
    std::string error() {
        const auto path = scratch / "spoiled.json";
        write_raw(path, text);
        const auto record = load_record(path);
        if (record) return "it loads";
        const auto& message = record.error().message;
        EXPECT_TRUE(message.starts_with(path.string() + ": ")) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos);
        return message.substr(std::min(message.size(), path.string().size() + 2));
    }
    void expect_error(std::string_view start, std::string_view part = "") {
        const auto message = error();
        EXPECT_TRUE(message.starts_with(start)) << message;
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }

    Scratch scratch;
    std::string text;
};

#define TAKE(name) \
    take(name);    \
    if (IsSkipped() || text.empty()) return

TEST_F(Spoiled, NotAtAll) {
    TAKE("19426587.prestate.json.zst");
    EXPECT_EQ(error(), "it loads");
}

TEST_F(Spoiled, ByMalformedJson) {
    TAKE("1150000.prestate.json.zst");
    text.resize(text.size() / 2);
    expect_error("not valid JSON");
    text = "[]";
    expect_error("expected an object, not an array");
    text = "{}";
    expect_error("chainId: missing");
}

TEST_F(Spoiled, ByNumbers) {
    TAKE("1150000.prestate.json.zst");
    const auto good = text;
    replace("\"number\":1150000", "\"number\":-1150000");
    expect_error("number: expected an integer");
    text = good;
    replace("\"number\":1150000", "\"number\":1150001");
    expect_error("block: has number 1150000, the record says 1150001");
    text = good;
    replace("\"chainId\":1", "\"chainId\":1.5");
    expect_error("chainId: ");
    text = good;
    replace("\"balance\":\"0x", "\"balance\":\"-0x");
    expect_error("prestate.0x", ".balance: expected a quantity, not \"-0x");
    text = good;
    text.replace(text.find("\"nonce\":\"0x", text.find("\"prestate\":")), 12, "\"nonce\":\"0x1000000000000000f");
    expect_error("prestate.0x", ".nonce: expected a quantity");
    text = good;
    replace("\"gasLimit\":\"0x", "\"gasLimit\":\"-0x");
    expect_error("block.gasLimit: expected a quantity");
}

TEST_F(Spoiled, InTheHeader) {
    TAKE("19426587.prestate.json.zst");
    const auto good = text;
    replace("\"gasUsed\":\"0x", "\"gasUsed\":\"0x1");
    expect_error("block.hash: given as 0x", ", the content has 0x");
    text = good;
    replace("\"hash\":\"0xf", "\"hash\":\"0xe");
    expect_error("block.hash: given as 0xe");
}

TEST_F(Spoiled, InATransaction) {
    TAKE("19426587.prestate.json.zst");
    const auto good = text;
    const auto first = [&](std::string_view member, size_t digit) {
        text = good;
        const auto at = text.find(member, text.find("\"transactions\":["));
        ASSERT_NE(at, std::string::npos);
        auto& c = text[at + member.size() + digit];
        c = c == '1' ? '2' : '1';
    };
    first("\"hash\":\"0x", 5);
    expect_error("block.transactions[0].hash: given as 0x");
    first("\"value\":\"0x", 0);
    expect_error("block.transactions[0].hash: given as 0x");
    first("\"from\":\"0x", 5);
    expect_error("block.transactions[0].from: given as 0x", ", the signature is of 0x");
    first("\"gas\":\"0", 0);
    expect_error("block.transactions[0].gas: expected a quantity");
}

TEST_F(Spoiled, InTheListOfTransactions) {
    TAKE("1150000.prestate.json.zst");
    // Leave out the first, with the receipts as they are.
    const auto list = text.find("\"transactions\":[") + 16;
    text.erase(list, text.find("},{", list) + 2 - list);
    expect_error("block.transactionsRoot: given as 0x");
}

TEST_F(Spoiled, InAWithdrawal) {
    TAKE("19426587.prestate.json.zst");
    replace("\"amount\":\"0x", "\"amount\":\"0x1");
    expect_error("block.withdrawalsRoot: given as 0x");
}

TEST_F(Spoiled, InItsBlockHashes) {
    TAKE("1150000.witness.json.zst");
    const auto good = text;
    replace("\"1149999\":\"0xa", "\"1149999\":\"0xb");
    expect_error("blockHashes.1149999: says 0xb", "for block 1149999, which is known as 0xa");
    text = good;
    replace("\"1150000\":\"0x5", "\"1150000\":\"0x6");
    expect_error("blockHashes.1150000: is 0x6");
    text = good;
    replace("\"1149999\":\"0xa", "\"114999x\":\"0xa");
    expect_error("blockHashes.114999x: expected a decimal block number");
}

TEST_F(Spoiled, InItsReceipts) {
    TAKE("1150000.prestate.json.zst");
    const auto good = text;
    replace("\"cumulativeGasUsed\":\"0x", "\"cumulativeGasUsed\":\"0x-");
    expect_error("receipts[", "].cumulativeGasUsed: expected a quantity");
    text = good;
    const auto list = text.find("\"receipts\":[") + 12;
    text.erase(list, text.find("},{", list) + 2 - list);
    expect_error("receipts: there are 8, for 9 transactions");
}

TEST_F(Spoiled, InItsPrestate) {
    TAKE("1150000.prestate.json.zst");
    const auto good = text;
    replace("\"prestate\":{\"0x0", "\"prestate\":{\"0xg");
    expect_error("prestate.0xg", ": the key is not an address");
    text = good;
    replace("\"code\":\"0x",
            "\"codeHash\":\"0x5555555555555555555555555555555555555555555555555555555555555555\",\"code\":\"0x");
    expect_error("prestate.0x", ".code: hashes to 0x");
    text = good;
    replace("\"code\":\"0x", "\"code\":\"0xz");
    expect_error("prestate.0x", ".code: expected hex bytes");
    text = good;
    replace("\"storage\":{\"0x", "\"storage\":{\"0x1");
    EXPECT_NE(error().find(".storage.0x10"), std::string::npos) << error();
    text = good;
    replace("\"prestate\":", "\"poststate\":");
    expect_error("prestate: missing, and so is witness");
    text = good;
    const auto account = text.find("\"0x", text.find("\"prestate\":"));
    const auto end = text.find("},", account) + 2;
    text.insert(end, text.substr(account, end - account));
    expect_error("prestate.0x", ": the account is there twice");
}

TEST_F(Spoiled, InItsWitness) {
    TAKE("1150000.witness.json.zst");
    const auto good = text;
    replace("\"parentStateRoot\"", "\"parentStateRoute\"");
    expect_error("witness: has no parent header, and there is no parentStateRoot");
    text = good;
    replace("\"state\":[\"0x", "\"state\":[\"0x1");
    expect_error("witness.state[0]: expected hex bytes");
    text = good;
    replace("\"codes\"", "\"cods\"");
    expect_error("witness.codes: missing");
}

TEST_F(Spoiled, InItsWitnessNodes) {
    TAKE("1150000.witness.json.zst");
    const auto path = scratch / "good.json";
    write_raw(path, text);
    const auto good = load_record(path);
    ASSERT_TRUE(good) << good.error().message;
    const auto sender = good->block.transactions[0].sender;

    // Flip a digit of each node in turn: what still answers answers right, the rest is named.
    std::vector<size_t> places;
    const auto list = text.find("\"state\":[");
    const auto list_end = text.find(']', list);
    for (auto at = text.find("\"0x", list); at < list_end; at = text.find("\"0x", text.find('"', at + 1) + 1))
        places.push_back(at + 3);
    ASSERT_GT(places.size(), 50U);
    const auto right = good->witness->account(sender).value().value();
    size_t named = 0;
    for (const auto place : places) {
        const auto node = parse_hex(text.substr(place, text.find('"', place) - place)).value();
        const auto before = text[place + 10];
        text[place + 10] = before == '0' ? '1' : '0';
        write_raw(path, text);
        text[place + 10] = before;
        auto record = load_record(path);
        ASSERT_TRUE(record) << record.error().message;
        const auto got = record->witness->account(sender);
        if (got) {
            ASSERT_TRUE(got->has_value());
            ASSERT_EQ((*got)->balance, right.balance);
            continue;
        }
        ++named;
        EXPECT_TRUE(got.error().message.starts_with("missing trie node " + to_hex(keccak256(node)) + " at "))
            << got.error().message;
        EXPECT_TRUE(got.error().message.ends_with(" of account " + to_hex(sender)));
    }
    EXPECT_GT(named, 3U);
    EXPECT_LT(named, 12U);
}

TEST_F(Spoiled, InItsWitnessHeaders) {
    TAKE("24647140.witness.json.zst");
    EXPECT_EQ(error(), "it loads");
    const auto good = text;
    const auto header = text.find("\"0x", text.find("\"headers\":["));
    text[header + 400] = text[header + 400] == '0' ? '1' : '0';
    expect_error("witness.headers[0]: is not an ancestor of the block: none of the headers left hashes to 0x");
    text = good;
    text.insert(1, "\"parentStateRoot\":\"0x" + std::string(64, '5') + "\",");
    expect_error("parentStateRoot: is 0x5555", "the parent header has 0x");
    text = good;
    replace("\"blockRlp\":\"0xf9c4", "\"blockRlp\":\"0xf9c5");
    expect_error("blockRlp: ");
    text = good;
    text.insert(1, "\"blockHashes\":{\"24647139\":\"0x" + std::string(64, '5') + "\"},");
    expect_error("blockHashes.24647139: says 0x5555");
}

TEST(LoadRecord, FilesThatAreNotWhole) {
    const auto source = test::test_data("blocks/1150000.prestate.json.zst");
    SKIP_WITHOUT(source);
    const Scratch scratch;
    const auto whole = read_raw(source);
    const auto path = scratch / "1150000.prestate.json.zst";
    const auto error = [&] {
        const auto record = load_record(path);
        return record ? "it loads" : record.error().message;
    };
    for (const auto size : {whole.size() - 1, whole.size() / 2, size_t{100}, size_t{12}, size_t{5}}) {
        write_raw(path, std::string_view{whole}.substr(0, size));
        EXPECT_EQ(error(), path.string() + ": the compressed file is cut short") << size;
    }
    write_raw(path, "");
    EXPECT_EQ(error(), path.string() + ": is empty");
    write_raw(path, "{\"chainId\":1}");
    EXPECT_TRUE(error().starts_with(path.string() + ": not readable as zstd: ")) << error();
    auto spoiled = whole;
    spoiled[spoiled.size() / 2] = static_cast<char>(spoiled[spoiled.size() / 2] ^ 0x20);
    write_raw(path, spoiled);
    EXPECT_TRUE(error().starts_with(path.string() + ": ")) << error();
    fs::remove(path);
    EXPECT_TRUE(error().starts_with(path.string() + ": cannot be opened: ")) << error();
    EXPECT_EQ(load_record(scratch.path()).error().message, scratch.path().string() + ": is a folder");
}

// --- headers in a witness -----------------------------------------------------------------------

TEST(LoadRecord, ChainOfHeaders) {
    const Scratch scratch;
    std::vector<Header> headers;
    for (uint64_t n = 5; n <= 9; ++n) {
        Header header;
        header.number = n;
        header.parent_hash = headers.empty() ? keccak256({}) : hash_of(headers.back());
        header.ommers_hash = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"_hash;
        header.transactions_root = header.receipts_root = header.state_root = empty_trie_root;
        headers.push_back(header);
    }
    Block block;
    block.header = headers.back();
    headers.pop_back();
    const auto path = scratch / "9.json";
    const auto load = [&](const std::vector<Header>& given) {
        JsonWriter out;
        out.begin_object().member("chainId", 1).member("number", 9);
        out.member("blockRlp", BytesView{encode(block)}).key("witness").begin_object();
        out.key("state").begin_array().end_array().key("codes").begin_array().end_array();
        out.key("headers").begin_array();
        for (const auto& header : given) out.hex(encode(header));
        out.end_array().end_object().end_object();
        write_raw(path, out.view());
        return load_record(path);
    };
    const auto record = load(headers);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->parent_state_root, empty_trie_root);
    for (const auto& header : headers) EXPECT_EQ(record->witness->block_hash(header.number).value(), hash_of(header));
    EXPECT_EQ(record->witness->block_hash(4).value(), keccak256({}));
    EXPECT_FALSE(record->witness->block_hash(3));

    auto reversed = headers;
    std::ranges::reverse(reversed);
    EXPECT_TRUE(load(reversed));

    auto gap = headers;
    gap.erase(gap.begin() + 2);
    EXPECT_TRUE(load(gap).error().message.starts_with(path.string() + ": witness.headers[0]: is not an ancestor"))
        << load(gap).error().message;
    auto strange = headers;
    strange[1].gas_limit = 1;
    EXPECT_TRUE(load(strange).error().message.starts_with(path.string() + ": witness.headers[0]: is not an ancestor"));
}

// --- finding and saving -------------------------------------------------------------------------

TEST(FindRecords, InOrderOfNumber) {
    const Scratch scratch;
    fs::create_directory(scratch / "blocks");
    for (const auto* name : {"blocks/100.witness.json.zst", "blocks/100.prestate.json.zst", "blocks/99.prestate.json",
                             "blocks/MANIFEST.tsv", "blocks/x.json", "7.json"})
        write_raw(scratch / name, "{}");
    const auto found =
        find_records(std::vector{scratch / "blocks", scratch / "7.json", scratch / "blocks/99.prestate.json"});
    ASSERT_TRUE(found);
    std::vector<std::string> names;
    for (const auto& path : *found) names.push_back(path.filename().string());
    EXPECT_EQ(names, (std::vector<std::string>{"7.json", "99.prestate.json", "100.prestate.json.zst",
                                               "100.witness.json.zst", "x.json"}));
    fs::create_directory(scratch / "empty");
    EXPECT_EQ(find_records(std::vector{scratch / "empty"}).error().message,
              (scratch / "empty").string() + ": the folder holds no .json or .json.zst files");
    EXPECT_EQ(find_records(std::vector{scratch / "none"}).error().message,
              (scratch / "none").string() + ": there is no such file or folder");
}

TEST(SaveRecord, IsReadBackTheSame) {
    const auto folder = test::test_data("blocks");
    SKIP_WITHOUT(folder);
    const Scratch scratch;
    for (const auto* name : {"1150000.prestate.json.zst", "19426587.prestate.json.zst", "12244000.prestate.json.zst"}) {
        const auto before = load_record(folder / name);
        ASSERT_TRUE(before) << before.error().message;
        for (const auto* ending : {"", ".json"}) {
            const auto path = scratch / (std::string{name} + ending);
            const auto saved = save_record(path, *before);
            ASSERT_TRUE(saved) << saved.error().message;
            const auto after = load_record(path);
            ASSERT_TRUE(after) << after.error().message;
            EXPECT_EQ(after->chain_id, before->chain_id);
            EXPECT_EQ(after->block, before->block);
            EXPECT_EQ(after->block_hashes, before->block_hashes);
            EXPECT_EQ(after->prestate->state_root(), before->prestate->state_root());
            ASSERT_EQ(after->receipts.size(), before->receipts.size());
            for (size_t i = 0; i < after->receipts.size(); ++i)
                EXPECT_EQ(encode(after->receipts[i]), encode(before->receipts[i]));
            for (const auto& [address, account] : before->prestate->accounts())
                EXPECT_EQ(*after->prestate->code(address, account.info.code_hash).value(),
                          *before->prestate->code(address, account.info.code_hash).value());
        }
    }
    EXPECT_FALSE(save_record(scratch / "no/such/folder.json", *load_record(folder / "1150000.prestate.json.zst")));
}

}  // namespace
}  // namespace osprey::chain
