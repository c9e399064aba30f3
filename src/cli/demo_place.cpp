#include "cli/demo_place.hpp"

#include <fmt/format.h>

#include "chain/rpc/client.hpp"
#include "chain/rpc/eth.hpp"
#include "primitives/abi.hpp"
#include "primitives/hex.hpp"
#include "primitives/keccak.hpp"
#include "strategy/executor_code.hpp"

namespace osprey::cli {

namespace {

using local_market::LocalMarket;

constexpr u256 operator_funds = 1000'000'000'000'000'000'000_u256;  // wei: a thousand ether

std::string_view key_of(networks::ExchangeKind kind) { return networks::name_of(kind); }

}  // namespace

Hash demo_operator_key(uint64_t seed) {
    const std::string text = fmt::format("osprey demo operator {}", seed);
    return keccak256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Result<u256> coin_balance(chain::Rpc& rpc, const Address& account) {
    const auto reply = rpc.call("eth_getBalance", "[\"" + to_hex(account) + "\",\"latest\"]");
    if (!reply) return std::unexpected(reply.error().to_error());
    return parse_quantity(reply->substr(1, reply->size() - 2));
}
Result<u256> token_balance(chain::Rpc& rpc, const Address& token, const Address& account) {
    const Bytes call = abi::call(0x70a08231, {to_u256(account)});  // balanceOf(address)
    const auto reply =
        rpc.call("eth_call", "[{\"to\":\"" + to_hex(token) + "\",\"data\":\"" + to_hex(call) + "\"},\"latest\"]");
    if (!reply) return std::unexpected(reply.error().to_error());
    const auto bytes = parse_hex(std::string_view{*reply}.substr(1, reply->size() - 2));
    if (!bytes || bytes->size() != abi::word_size) return fail("balanceOf of " + to_hex(token) + " tells nothing");
    return load_be32(bytes->data());
}

Result<DemoPlace> open_demo_place(const local_market::Options& options, const execute::Signer& signer) {
    auto market = LocalMarket::start(options);
    if (!market) return std::unexpected(std::move(market).error());
    auto rpc = chain::open_client(market->urls().http);
    if (!rpc) return std::unexpected(std::move(rpc).error());
    if (auto done = market->fund(signer.address(), operator_funds); !done) return std::unexpected(done.error());

    const Address& wrapped = market->deployment().wrapped_native();
    Transaction tx;
    tx.type = TxType::dynamic_fee;
    tx.chain_id = options.chain_id;
    tx.gas_limit = 6'000'000;
    tx.max_priority_fee_per_gas = 1'000'000'000_u256;
    tx.max_fee_per_gas = 100'000'000'000_u256;
    const BytesView code = strategy::executor_creation_code(true);
    tx.data.assign(code.begin(), code.end());
    for (const Address& argument : {signer.address(), signer.address(), wrapped}) {
        const Hash word = to_hash(to_u256(argument));
        tx.data.insert(tx.data.end(), word.bytes.begin(), word.bytes.end());
    }
    if (auto done = execute::sign_transaction(signer, tx); !done) return std::unexpected(std::move(done).error());
    const auto sent = (*rpc)->call("eth_sendRawTransaction", "[\"" + to_hex(encode(tx)) + "\"]");
    if (!sent) return std::unexpected(sent.error().to_error());
    const auto mined = market->mine();
    if (!mined) return std::unexpected(mined.error());
    const auto receipts = chain::receipts_by_hash(**rpc, {&tx.hash, 1});
    if (!receipts) return std::unexpected(receipts.error());
    if (!(*receipts)[0] || !(*receipts)[0]->receipt.success || !(*receipts)[0]->receipt.contract_address)
        return fail("the executor contract could not be deployed");
    DemoPlace place{.market = std::move(*market),
                    .rpc = std::move(*rpc),
                    .executor = *(*receipts)[0]->receipt.contract_address,
                    .operator_wei = {},
                    .executor_tokens = {}};
    const auto wei = coin_balance(*place.rpc, signer.address());
    if (!wei) return std::unexpected(wei.error());
    place.operator_wei = *wei;
    for (const networks::Token& token : place.market.deployment().tokens) {
        const auto held = token_balance(*place.rpc, token.address, place.executor);
        if (!held) return std::unexpected(held.error());
        place.executor_tokens.push_back(*held);
    }
    return place;
}

std::string demo_toml(const DemoConfig& o, std::span<const DemoPlace> places) {
    std::string text = fmt::format("mode = \"{}\"\nworkers = 1\n", engine::name_of(o.mode));
    if (o.recording.empty())
        text += fmt::format("key = \"env:{}\"\n", demo_key_variable);
    else
        text += fmt::format("key = \"file:{0}.key\"\nrecording = \"{0}\"\n",
                            std::filesystem::absolute(o.recording).string());
    text += fmt::format("[risk]\nfile = \"{}\"\nmost_daily_loss = \"10 ether\"\nmost_total_loss = \"10 ether\"\n",
                        o.risk_file.string());
    for (size_t i = 0; i < places.size(); ++i) {
        const local_market::Deployment& d = places[i].market.deployment();
        text += fmt::format("[[chain]]\nchain_id = {}\nname = \"local{}\"\nwrapped_native = \"{}\"\n", d.chain_id, i,
                            to_hex(d.wrapped_native()));
        text += fmt::format(
            "nodes = [\"{}\"]\nrules = \"prague\"\nblock_time = \"12 s\"\nstale_after = \"{}\"\n"
            "most_clock_skew = \"{}\"\n",
            i < o.nodes.size() ? o.nodes[i] : places[i].market.urls().ws, o.stale_after, o.most_clock_skew);
        text += o.of_chain;
        if (places.size() > 1) text += "reference_value = \"1 ether\"\n";
        text += fmt::format("[chain.executor]\naddress = \"{}\"\n", to_hex(places[i].executor));
        text += "[chain.search]\nfixed_gas = 60000\n";
        text += "[chain.submit]\nbid_share = \"10 %\"\n";
        text +=
            "[chain.risk]\nmost_gas_price = \"100000 gwei\"\nmost_gas_cost = \"1 ether\"\nleast_net_profit = \"0.0001 "
            "ether\"\nmost_stake = \"1 ether\"\nmost_daily_loss = \"5 ether\"\nmost_total_loss = \"5 ether\"\n"
            "most_per_block = 16\nmost_in_flight = 16\n";
        for (const networks::Token& token : d.tokens)
            text += fmt::format("[[chain.token]]\nsymbol = \"{}\"\ndecimals = {}\naddress = \"{}\"\n", token.symbol,
                                token.decimals, to_hex(token.address));
        for (const networks::Exchange& exchange : d.exchanges)
            text += fmt::format("[[chain.exchange]]\nname = \"{}\"\nkind = \"{}\"\nfactory = \"{}\"\n", exchange.name,
                                key_of(exchange.kind), to_hex(exchange.factory));
        for (const networks::Lender& lender : d.flash_sources)
            text += fmt::format("[[chain.flash_source]]\nname = \"{}\"\nkind = \"{}\"\naddress = \"{}\"\n", lender.name,
                                networks::name_of(lender.kind), to_hex(lender.address));
    }
    return text;
}

}  // namespace osprey::cli
