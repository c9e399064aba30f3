// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Base} from "./Base.sol";
import {CurvePool} from "./CurvePool.sol";
import {
    AaveGovernance,
    IAavePool,
    IAaveToken,
    IManager,
    IV2Factory,
    IV2Pair,
    IV3Factory,
    IV3Pool,
    IVault,
    IWeightedPool,
    IWeth,
    Key
} from "./Protocols.sol";
import {FlashToken, IToken, PlainToken, SilentToken} from "./Tokens.sol";
import {vm} from "./Vm.sol";

enum Family {
    v2,
    v3,
    v4,
    balancer,
    stableSwap,
    cryptoSwap
}

/// Four tokens of different manners (WETH9, OpenZeppelin's, one like USDT, a flash-minting one) and, between any two of them, a pool of
/// each family, in the protocols' own bytecode. Balances are large, and the test holds plenty of each token.
abstract contract Market is Base {
    uint24 internal constant FEE = 3000;
    int24 internal constant SPACING = 60;
    int24 private constant WIDEST = 887220;
    uint160 internal constant LOWEST = 4295128740;
    uint160 internal constant HIGHEST = 1461446703485210103287273052203988822378723970341;
    uint256 internal constant PLENTY = 1e30;

    address internal weth;
    address internal silent;
    address internal flash;
    address internal plain;
    address[4] internal tokens;
    address internal v2Factory;
    address internal v3Factory;
    IManager internal manager;
    IVault internal vault;
    IAavePool internal aave;
    address internal morpho;
    mapping(Family => mapping(address => mapping(address => address))) private pools_;
    mapping(address => bytes32) internal poolIds;

    function deployMarket() internal {
        weth = create(npm("canonical-weth/build/contracts/WETH9.json"));
        silent = address(new SilentToken());
        flash = address(new FlashToken());
        plain = address(new PlainToken());
        tokens = [weth, silent, flash, plain];
        vm.deal(address(this), 4 * PLENTY);
        IWeth(weth).deposit{value: 2 * PLENTY}();
        for (uint256 i = 1; i < 4; ++i) {
            IToken(tokens[i]).mint(address(this), 2 * PLENTY);
        }

        v2Factory = create(abi.encodePacked(npm("@uniswap/v2-core/build/UniswapV2Factory.json"), abi.encode(this)));
        v3Factory = create(npm("@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json"));
        bytes memory code =
            code_(string.concat(NPM, "@uniswap/v4-core/out/PoolManager.sol/PoolManager.json"), ".bytecode.object");
        manager = IManager(create(abi.encodePacked(code, abi.encode(this))));
        deployBalancer();
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = i + 1; j < 4; ++j) {
                deployPools(tokens[i], tokens[j]);
            }
        }
    }

    function poolOf(Family family, address a, address b) internal view returns (address) {
        return a < b ? pools_[family][a][b] : pools_[family][b][a];
    }

    function keyOf(address a, address b) internal pure returns (Key memory) {
        (address token0, address token1) = a < b ? (a, b) : (b, a);
        return Key(token0, token1, FEE, SPACING, address(0));
    }

    /// Prices differ from pool to pool, within a few per cent around 1.
    function deployPools(address a, address b) private {
        (a, b) = a < b ? (a, b) : (b, a);
        mapping(address => mapping(address => address)) storage v2 = pools_[Family.v2];
        v2[a][b] = IV2Factory(v2Factory).createPair(a, b);
        send(a, v2[a][b], reserve(a, b, "v2"));
        send(b, v2[a][b], reserve(b, a, "v2"));
        IV2Pair(v2[a][b]).mint(address(this));

        address v3 = IV3Factory(v3Factory).createPool(a, b, FEE);
        pools_[Family.v3][a][b] = v3;
        IV3Pool(v3).initialize(price(a, b, "v3"));
        IV3Pool(v3).mint(address(this), -WIDEST, WIDEST, 1e24, abi.encode(a, b));

        pools_[Family.v4][a][b] = address(manager);
        manager.initialize(keyOf(a, b), price(a, b, "v4"));
        manager.unlock(abi.encode(true, keyOf(a, b), false, uint256(1e24)));

        address[] memory assets = new address[](2);
        (assets[0], assets[1]) = (a, b);
        uint256[] memory amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (reserve(a, b, "balancer"), reserve(b, a, "balancer"));
        pools_[Family.balancer][a][b] = deployWeighted(assets, amounts);

        pools_[Family.stableSwap][a][b] = address(new CurvePool(a, b, false));
        send(a, pools_[Family.stableSwap][a][b], reserve(a, b, "stable"));
        send(b, pools_[Family.stableSwap][a][b], reserve(b, a, "stable"));
        pools_[Family.cryptoSwap][a][b] = address(new CurvePool(a, b, true));
        send(a, pools_[Family.cryptoSwap][a][b], reserve(a, b, "crypto"));
        send(b, pools_[Family.cryptoSwap][a][b], reserve(b, a, "crypto"));
    }

    function reserve(address a, address b, string memory salt) private pure returns (uint256) {
        return 1e24 + uint256(keccak256(abi.encode(a, b, salt))) % 5e22;
    }

    function price(address a, address b, string memory salt) private pure returns (uint160) {
        return uint160((1 << 96) * (100 + uint256(keccak256(abi.encode(a, b, salt))) % 4) / 100);
    }

    function send(address token, address to, uint256 amount) internal {
        (bool done,) = token.call(abi.encodeWithSignature("transfer(address,uint256)", to, amount));
        require(done, "transfer");
    }

    function allow(address token, address spender, uint256 amount) internal {
        (bool done,) = token.call(abi.encodeWithSignature("approve(address,uint256)", spender, amount));
        require(done, "approve");
    }

    function uniswapV3MintCallback(uint256 owed0, uint256 owed1, bytes calldata data) external {
        (address a, address b) = abi.decode(data, (address, address));
        send(a, msg.sender, owed0);
        send(b, msg.sender, owed1);
    }

    function deployBalancer() private {
        string memory tasks = "@balancer-labs/v2-deployments/dist/tasks/";
        address authorizer = create(
            abi.encodePacked(
                npm(string.concat(tasks, "20210418-authorizer/artifact/Authorizer.json")), abi.encode(address(this))
            )
        );
        vault = IVault(
            create(
                abi.encodePacked(
                    npm(string.concat(tasks, "20210418-vault/artifact/Vault.json")),
                    abi.encode(authorizer, weth, uint256(0), uint256(0))
                )
            )
        );
    }

    function deployWeighted(address[] memory assets, uint256[] memory amounts) private returns (address pool) {
        uint256[] memory weights = new uint256[](2);
        (weights[0], weights[1]) = (0.5e18, 0.5e18);
        string memory path = string.concat(
            NPM, "@balancer-labs/v2-deployments/dist/tasks/20210418-weighted-pool/bytecode/WeightedPool.json"
        );
        bytes memory arguments = abi.encode(
            vault, "Pool", "POOL", assets, weights, uint256(0.002e18), uint256(0), uint256(0), address(this)
        );
        pool = create(abi.encodePacked(code_(path, ".creationCode"), arguments));
        poolIds[pool] = IWeightedPool(pool).getPoolId();
        for (uint256 i = 0; i < 2; ++i) {
            allow(assets[i], address(vault), amounts[i]);
        }
        bytes memory init = abi.encode(uint256(0), amounts);
        vault.joinPool(poolIds[pool], address(this), address(this), IVault.Join(assets, amounts, init, false));
    }

    /// Aave V3's Pool, linked with the libraries that a supply and a flash loan run through. The test is its governance.
    function deployAave(address asset) internal {
        string memory logic = "contracts/protocol/libraries/logic/";
        address borrow = create(vm.parseBytes(aaveText(string.concat(logic, "BorrowLogic.sol/BorrowLogic"))));
        string memory flashLogic = aaveText(string.concat(logic, "FlashLoanLogic.sol/FlashLoanLogic"));
        string memory pool = aaveText("contracts/protocol/pool/Pool.sol/Pool");
        pool = link(pool, "FlashLoanLogic", create(vm.parseBytes(link(flashLogic, "BorrowLogic", borrow))));
        pool = link(pool, "BorrowLogic", borrow);
        pool = link(pool, "PoolLogic", create(vm.parseBytes(aaveText(string.concat(logic, "PoolLogic.sol/PoolLogic")))));
        pool = link(
            pool, "SupplyLogic", create(vm.parseBytes(aaveText(string.concat(logic, "SupplyLogic.sol/SupplyLogic"))))
        );
        string[3] memory unused = ["BridgeLogic", "EModeLogic", "LiquidationLogic"];
        for (uint256 i = 0; i < 3; ++i) {
            pool = link(pool, unused[i], address(0xdead));
        }

        address governance = address(new AaveGovernance());
        aave = IAavePool(create(abi.encodePacked(vm.parseBytes(pool), abi.encode(governance))));
        aave.initialize(governance);
        address aToken = aaveToken("AToken.sol/AToken");
        IAaveToken(aToken).initialize(address(aave), address(this), asset, address(0), 18, "a", "a", "");
        address stable = aaveToken("StableDebtToken.sol/StableDebtToken");
        IAaveToken(stable).initialize(address(aave), asset, address(0), 18, "s", "s", "");
        address variable = aaveToken("VariableDebtToken.sol/VariableDebtToken");
        IAaveToken(variable).initialize(address(aave), asset, address(0), 18, "v", "v", "");
        address rates = create(
            abi.encodePacked(
                vm.parseBytes(
                    aaveText(
                        "contracts/protocol/pool/DefaultReserveInterestRateStrategy.sol/DefaultReserveInterestRateStrategy"
                    )
                ),
                abi.encode(governance, 0.8e27, 0, 0.04e27, 0.6e27, 0.05e27, 0.6e27, 0.01e27, 0.08e27, 0.2e27)
            )
        );
        aave.initReserve(asset, aToken, stable, variable, rates);
        // 18 decimals, active, flash loans enabled
        aave.setConfiguration(asset, IAavePool.Configuration(18 << 48 | 1 << 56 | 1 << 63));
        aave.updateFlashloanPremiums(5, 0);
        allow(asset, address(aave), PLENTY / 1000);
        aave.supply(asset, PLENTY / 1000, address(this), 0);
    }

    function aaveToken(string memory path) private returns (address) {
        string memory code = aaveText(string.concat("contracts/protocol/tokenization/", path));
        return create(abi.encodePacked(vm.parseBytes(code), abi.encode(aave)));
    }

    function aaveText(string memory path) private view returns (string memory) {
        return text(string.concat(NPM, "@aave/core-v3/artifacts/", path, ".json"), ".bytecode");
    }

    /// Puts an address in place of a library's placeholder, __$<34 digits of the hash of its full name>$__.
    function link(string memory code, string memory library_, address at) private pure returns (string memory) {
        string memory name = string.concat("contracts/protocol/libraries/logic/", library_, ".sol:", library_);
        bytes memory digits = bytes(vm.toString(keccak256(bytes(name))));
        bytes memory mark = new bytes(34);
        for (uint256 i = 0; i < 34; ++i) {
            mark[i] = digits[i + 2];
        }
        string memory placeholder = string.concat("__$", string(mark), "$__");
        return vm.replace(code, placeholder, vm.replace(vm.toString(at), "0x", ""));
    }

    function deployMorpho() internal {
        bytes memory code = code_(string.concat(buildFolder(), "/protocols/Morpho.json"), ".bytecode");
        morpho = create(abi.encodePacked(code, abi.encode(this)));
        for (uint256 i = 0; i < 4; ++i) {
            send(tokens[i], morpho, PLENTY / 1000);
        }
    }

    // Swaps by the test itself, with the protocols' interfaces as their documentation has them: what a swap pays, found without
    // the executor.

    function swap(Family family, address tokenIn, address tokenOut, uint256 amount) internal returns (uint256) {
        uint256 before = IToken(tokenOut).balanceOf(address(this));
        address pool = poolOf(family, tokenIn, tokenOut);
        bool zeroForOne = tokenIn < tokenOut;
        if (family == Family.v2) {
            uint256 out = v2Out(pool, zeroForOne, amount);
            send(tokenIn, pool, amount);
            IV2Pair(pool).swap(zeroForOne ? 0 : out, zeroForOne ? out : 0, address(this), "");
        } else if (family == Family.v3) {
            bytes memory data = abi.encode(tokenIn);
            IV3Pool(pool).swap(address(this), zeroForOne, int256(amount), zeroForOne ? LOWEST : HIGHEST, data);
        } else if (family == Family.v4) {
            manager.unlock(abi.encode(false, keyOf(tokenIn, tokenOut), zeroForOne, amount));
        } else if (family == Family.balancer) {
            allow(tokenIn, address(vault), amount);
            vault.swap(
                IVault.SingleSwap(poolIds[pool], 0, tokenIn, tokenOut, amount, ""),
                IVault.Funds(address(this), false, address(this), false),
                0,
                block.timestamp
            );
        } else {
            allow(tokenIn, pool, amount);
            string memory how = family == Family.stableSwap
                ? "exchange(int128,int128,uint256,uint256)"
                : "exchange(uint256,uint256,uint256,uint256)";
            (uint256 i, uint256 j) = zeroForOne ? (0, 1) : (1, 0);
            (bool done,) = pool.call(abi.encodeWithSignature(how, i, j, amount, uint256(0)));
            require(done, "exchange");
        }
        return IToken(tokenOut).balanceOf(address(this)) - before;
    }

    function v2Out(address pair, bool zeroForOne, uint256 amount) internal view returns (uint256) {
        (uint256 x, uint256 y,) = IV2Pair(pair).getReserves();
        if (!zeroForOne) (x, y) = (y, x);
        return amount * 997 * y / (x * 1000 + amount * 997);
    }

    function uniswapV3SwapCallback(int256 delta0, int256 delta1, bytes calldata data) external {
        send(abi.decode(data, (address)), msg.sender, uint256(delta0 > 0 ? delta0 : delta1));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        (bool adds, Key memory key, bool zeroForOne, uint256 amount) = abi.decode(data, (bool, Key, bool, uint256));
        int256 delta;
        if (adds) {
            (delta,) = manager.modifyLiquidity(key, IManager.Liquidity(-WIDEST, WIDEST, int256(amount), bytes32(0)), "");
        } else {
            delta = manager.swap(key, IManager.Swap(zeroForOne, -int256(amount), zeroForOne ? LOWEST : HIGHEST), "");
        }
        even(key.currency0, int128(delta >> 128));
        even(key.currency1, int128(delta));
        return "";
    }

    function even(address currency, int256 delta) private {
        if (delta > 0) manager.take(currency, address(this), uint256(delta));
        if (delta >= 0) return;
        if (currency == address(0)) {
            manager.settle{value: uint256(-delta)}();
            return;
        }
        manager.sync(currency);
        send(currency, address(manager), uint256(-delta));
        manager.settle();
    }

    receive() external payable {}
}
