// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

// What the tests call of the protocols that they deploy.

interface IExecutor {
    function run() external payable;
    function owner() external view returns (address);
    function operator() external view returns (address);
    function paused() external view returns (bool);
    function wrappedNative() external view returns (address);
    function setOperator(address) external;
    function pause() external;
    function unpause() external;
    function sweep(address token, address to, uint256 amount) external;
}

interface IWeth {
    function deposit() external payable;
    function withdraw(uint256 amount) external;
}

interface IV2Factory {
    function createPair(address a, address b) external returns (address);
}

interface IV2Pair {
    function mint(address to) external returns (uint256);
    function getReserves() external view returns (uint112, uint112, uint32);
    function swap(uint256 out0, uint256 out1, address to, bytes calldata data) external;
}

interface IV2Router {
    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 minOut,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory);
}

interface IV3Factory {
    function createPool(address a, address b, uint24 fee) external returns (address);
}

interface IV3Pool {
    function initialize(uint160 sqrtPriceX96) external;
    function mint(address to, int24 lower, int24 upper, uint128 liquidity, bytes calldata data) external;
    function swap(address to, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256);
}

interface IV3Router {
    struct ExactInputParams {
        bytes path;
        address recipient;
        uint256 deadline;
        uint256 amountIn;
        uint256 amountOutMinimum;
    }

    function exactInput(ExactInputParams calldata params) external payable returns (uint256);
}

struct Key {
    address currency0;
    address currency1;
    uint24 fee;
    int24 tickSpacing;
    address hooks;
}

interface IManager {
    struct Liquidity {
        int24 lower;
        int24 upper;
        int256 delta;
        bytes32 salt;
    }

    struct Swap {
        bool zeroForOne;
        int256 amount;
        uint160 limit;
    }

    function initialize(Key calldata key, uint160 sqrtPriceX96) external;
    function unlock(bytes calldata data) external returns (bytes memory);
    function modifyLiquidity(Key calldata key, Liquidity calldata change, bytes calldata hookData)
        external
        returns (int256 delta, int256 fees);
    function swap(Key calldata key, Swap calldata params, bytes calldata hookData) external returns (int256 delta);
    function sync(address currency) external;
    function take(address currency, address to, uint256 amount) external;
    function settle() external payable returns (uint256);
}

interface IVault {
    struct Join {
        address[] assets;
        uint256[] most;
        bytes userData;
        bool fromInternalBalance;
    }

    struct SingleSwap {
        bytes32 poolId;
        uint8 kind;
        address assetIn;
        address assetOut;
        uint256 amount;
        bytes userData;
    }

    struct Funds {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    function joinPool(bytes32 id, address sender, address recipient, Join calldata request) external;
    function swap(SingleSwap calldata single, Funds calldata funds, uint256 limit, uint256 deadline)
        external
        payable
        returns (uint256);
    function getProtocolFeesCollector() external view returns (address);
}

interface IWeightedPool {
    function getPoolId() external view returns (bytes32);
}

interface IAavePool {
    struct Configuration {
        uint256 bits;
    }

    function initialize(address provider) external;
    function initReserve(address asset, address aToken, address stableDebt, address variableDebt, address rates)
        external;
    function setConfiguration(address asset, Configuration calldata configuration) external;
    function updateFlashloanPremiums(uint128 total, uint128 toProtocol) external;
    function supply(address asset, uint256 amount, address to, uint16 referral) external;
}

interface IAaveToken {
    function initialize(
        address pool,
        address treasury,
        address underlying,
        address incentives,
        uint8 decimals,
        string calldata name,
        string calldata symbol,
        bytes calldata params
    ) external;
    function initialize(
        address pool,
        address underlying,
        address incentives,
        uint8 decimals,
        string calldata name,
        string calldata symbol,
        bytes calldata params
    ) external;
}

/// Aave's addresses provider and access control in one: the test may do everything.
contract AaveGovernance {
    address private immutable me = msg.sender;

    function getPoolConfigurator() external view returns (address) {
        return me;
    }

    function getACLManager() external view returns (address) {
        return address(this);
    }

    function isPoolAdmin(address) external pure returns (bool) {
        return true;
    }
}

interface ICurve {
    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy) external payable;
    function exchange(uint256 i, uint256 j, uint256 dx, uint256 minDy) external payable returns (uint256);
}
