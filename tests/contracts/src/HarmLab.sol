// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IUniswapV2Pair} from "@uniswap/v2-core/contracts/interfaces/IUniswapV2Pair.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";

// What people do in one transaction, and what can be done to them: for the tests of the no-harm rule.

/// Pulls the input from its caller and checks what arrives.
contract Router {
    function swapV2(address pair, bool zeroForOne, uint256 amountIn, uint256 least, address to) public {
        IERC20 input = IERC20(zeroForOne ? IUniswapV2Pair(pair).token0() : IUniswapV2Pair(pair).token1());
        (uint256 reserveIn, uint256 reserveOut,) = IUniswapV2Pair(pair).getReserves();
        if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        input.transferFrom(msg.sender, pair, amountIn);
        uint256 arrived = input.balanceOf(pair) - reserveIn;
        uint256 amountOut = arrived * 997 * reserveOut / (reserveIn * 1000 + arrived * 997);
        require(amountOut >= least, "too little");
        IUniswapV2Pair(pair).swap(zeroForOne ? 0 : amountOut, zeroForOne ? amountOut : 0, to, "");
    }

    /// Sells once the pair pays no more than that.
    function stopLoss(address pair, bool zeroForOne, uint256 amountIn, uint256 most, address to) external {
        (uint256 reserveIn, uint256 reserveOut,) = IUniswapV2Pair(pair).getReserves();
        if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        require(amountIn * 997 * reserveOut / (reserveIn * 1000 + amountIn * 997) <= most, "not yet");
        swapV2(pair, zeroForOne, amountIn, 0, to);
    }

    /// In by one pair, back through another.
    function roundTrip(address first, address second, bool zeroForOne, uint256 amountIn) external {
        IERC20 middle = IERC20(zeroForOne ? IUniswapV2Pair(first).token1() : IUniswapV2Pair(first).token0());
        uint256 before = middle.balanceOf(address(this));
        swapV2(first, zeroForOne, amountIn, 0, address(this));
        uint256 amount = middle.balanceOf(address(this)) - before;
        (uint256 reserveIn, uint256 reserveOut,) = IUniswapV2Pair(second).getReserves();
        if (zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        middle.transfer(second, amount);
        uint256 amountOut = amount * 997 * reserveOut / (reserveIn * 1000 + amount * 997);
        IUniswapV2Pair(second).swap(zeroForOne ? amountOut : 0, zeroForOne ? 0 : amountOut, msg.sender, "");
    }

    function swapV3(address pool, bool zeroForOne, uint256 amountIn, uint256 least, address to) external {
        uint160 limit = zeroForOne ? 4295128740 : 1461446703485210103287273052203988822378723970341;
        (int256 a, int256 b) =
            IUniswapV3Pool(pool).swap(to, zeroForOne, int256(amountIn), limit, abi.encode(msg.sender));
        require(uint256(-(zeroForOne ? b : a)) >= least, "too little");
    }

    function addV2(address pair, uint256 amount0, uint256 amount1) external {
        IERC20(IUniswapV2Pair(pair).token0()).transferFrom(msg.sender, pair, amount0);
        IERC20(IUniswapV2Pair(pair).token1()).transferFrom(msg.sender, pair, amount1);
        IUniswapV2Pair(pair).mint(msg.sender);
    }

    function addV3(address pool, int24 lower, int24 upper, uint128 liquidity) external {
        IUniswapV3Pool(pool).mint(address(this), lower, upper, liquidity, abi.encode(msg.sender));
    }

    function removeV3(address pool, int24 lower, int24 upper, uint128 liquidity) external {
        IUniswapV3Pool(pool).burn(lower, upper, liquidity);
        IUniswapV3Pool(pool).collect(msg.sender, lower, upper, type(uint128).max, type(uint128).max);
    }

    function uniswapV3SwapCallback(int256 a, int256 b, bytes calldata data) external {
        pay(a > 0 ? uint256(a) : 0, b > 0 ? uint256(b) : 0, abi.decode(data, (address)));
    }

    function uniswapV3MintCallback(uint256 a, uint256 b, bytes calldata data) external {
        pay(a, b, abi.decode(data, (address)));
    }

    function pay(uint256 a, uint256 b, address payer) private {
        if (a > 0) IERC20(IUniswapV3Pool(msg.sender).token0()).transferFrom(payer, msg.sender, a);
        if (b > 0) IERC20(IUniswapV3Pool(msg.sender).token1()).transferFrom(payer, msg.sender, b);
    }
}

/// A smart account: whoever owns it lets it act.
contract Wallet {
    address private owner = msg.sender;

    receive() external payable {}

    function setOwner(address owner_) external {
        require(msg.sender == owner, "owner");
        owner = owner_;
    }

    function execute(address target, uint256 value, bytes calldata data) external {
        require(msg.sender == owner, "owner");
        (bool ok,) = target.call{value: value}(data);
        require(ok, "call");
    }
}

/// Whom somebody once allowed to spend.
contract Spender {
    function pull(address token, address from, address to, uint256 value) external {
        IERC20(token).transferFrom(from, to, value);
    }

    function pullAndReturn(address token, address from, uint256 value) external {
        IERC20(token).transferFrom(from, address(this), value);
        IERC20(token).transfer(from, value);
    }
}

/// The first who claims gets all.
contract Prize {
    IERC20 private token;

    constructor(address token_) {
        token = IERC20(token_);
    }

    function claim() external {
        uint256 all = token.balanceOf(address(this));
        require(all > 0, "gone");
        token.transfer(msg.sender, all);
    }

    function claimQuietly() external {
        token.transfer(msg.sender, token.balanceOf(address(this)));
    }

    function claimUnlessRich(uint256 most) external {
        if (block.coinbase.balance <= most) token.transfer(msg.sender, token.balanceOf(address(this)));
    }
}

/// Pays the native coin for a token, less each time.
contract Shop {
    uint256 public price = 1 ether;

    receive() external payable {}

    function sell(address token, uint256 value) external {
        IERC20(token).transferFrom(msg.sender, address(this), value);
        payable(msg.sender).transfer(price);
        price = price * 9 / 10;
    }

    function close() external {
        selfdestruct(payable(msg.sender));
    }
}

/// Whose users pay for what others left.
contract Crowd {
    uint256[] private entries;

    function grow(uint256 n) external {
        for (uint256 i = 0; i < n; ++i) {
            entries.push(i + 1);
        }
    }

    function work() external view returns (uint256 sum) {
        for (uint256 i = 0; i < entries.length; ++i) {
            sum += entries[i];
        }
    }
}

/// Writes down what a deposit is worth at the moment, in no token.
contract Ledger {
    mapping(address => uint256) private shares;

    function deposit(address pair, uint256 value) external {
        (uint256 r0, uint256 r1,) = IUniswapV2Pair(pair).getReserves();
        IERC20(IUniswapV2Pair(pair).token0()).transferFrom(msg.sender, address(this), value);
        shares[msg.sender] += value * r1 / r0;
    }
}

contract Scale {
    uint256 public factor = 1000;

    function set(uint256 factor_) external {
        factor = factor_;
    }
}

/// A token with a switch for each trick. Says in its events what was asked for, whatever it does.
contract TrickToken {
    mapping(address => uint256) private balances;
    mapping(address => mapping(address => uint256)) public allowance;
    uint256 public fee;
    bool public silent;
    Scale public scale = new Scale();

    event Transfer(address indexed from, address indexed to, uint256 value);

    function set(uint256 fee_, bool silent_) external {
        fee = fee_;
        silent = silent_;
    }

    function mint(address to, uint256 value) external {
        balances[to] += value;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    function balanceOf(address who) external view returns (uint256) {
        return balances[who] * scale.factor() / 1000;
    }

    function transfer(address to, uint256 value) public returns (bool) {
        return move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        return move(from, to, value);
    }

    /// Somebody's balance, without a trace.
    function seize(address from, uint256 value) external {
        balances[from] -= value;
        balances[msg.sender] += value;
    }

    function move(address from, address to, uint256 value) private returns (bool) {
        balances[from] -= value;
        balances[to] += value * (1000 - fee) / 1000;
        if (!silent) emit Transfer(from, to, value);
        return true;
    }
}

contract Collectible {
    mapping(uint256 => address) public ownerOf;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => bool)) public isApprovedForAll;

    event Transfer(address indexed from, address indexed to, uint256 indexed id);
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    function mint(address to, uint256 id) external {
        ownerOf[id] = to;
        ++balanceOf[to];
        emit Transfer(address(0), to, id);
    }

    function setApprovalForAll(address operator, bool approved) external {
        isApprovedForAll[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// As a signed permission would be used by somebody else.
    function approveFor(address owner, address operator) external {
        isApprovedForAll[owner][operator] = true;
        emit ApprovalForAll(owner, operator, true);
    }

    /// Takes one and gives another: the count stays.
    function exchange(address with, uint256 take, uint256 give) external {
        require(ownerOf[take] == with && isApprovedForAll[with][msg.sender] && ownerOf[give] == msg.sender);
        ownerOf[take] = msg.sender;
        ownerOf[give] = with;
        emit Transfer(with, msg.sender, take);
        emit Transfer(msg.sender, with, give);
    }
}
