// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

// The published interfaces and events of lending protocols around a liquidation: who is called with what, which tokens
// move and which events are written, in the protocols' order. Their own rules (health, prices) are left out: amounts
// are given. Whoever deploys one holds everything.

contract LentCoin {
    mapping(address => uint256) public balanceOf;
    event Transfer(address indexed from, address indexed to, uint256 value);

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function move(address from, address to, uint256 amount) internal {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        move(from, to, amount);
        return true;
    }

    // Aave's receipt token
    function transferOnLiquidation(address from, address to, uint256 amount) external {
        move(from, to, amount);
    }

    function returnFromPool(address pool, address to, uint256 amount) external {
        move(pool, to, amount);
    }
}

/// Aave V2 and V3. The pool keeps the collateral itself.
contract AaveLike {
    uint256 public covered;
    uint256 public seized;
    uint256 public fee;
    LentCoin public receipt;
    event LiquidationCall(
        address indexed collateralAsset,
        address indexed debtAsset,
        address indexed user,
        uint256 debtToCover,
        uint256 liquidatedCollateralAmount,
        address liquidator,
        bool receiveAToken
    );

    function set(uint256 covered_, uint256 seized_, uint256 fee_, LentCoin receipt_) external {
        (covered, seized, fee, receipt) = (covered_, seized_, fee_, receipt_);
    }

    function liquidationCall(LentCoin collateral, LentCoin debt, address user, uint256, bool receipts) external {
        require(covered != 0, "45");
        if (receipts) receipt.transferOnLiquidation(user, msg.sender, seized);
        if (fee != 0) receipt.transferOnLiquidation(user, address(this), fee);
        if (!receipts) collateral.transfer(msg.sender, seized);
        debt.transferFrom(msg.sender, address(this), covered);
        emit LiquidationCall(address(collateral), address(debt), user, covered, seized, msg.sender, receipts);
    }
}

/// Compound V2: a market of `asset`, its own shares as collateral, a tenth of what is seized for its reserves.
contract CTokenLike is LentCoin {
    LentCoin public asset;
    uint256 public repaid;
    event LiquidateBorrow(
        address liquidator, address borrower, uint256 repayAmount, address cTokenCollateral, uint256 seizeTokens
    );

    function set(LentCoin asset_, uint256 repaid_) external {
        (asset, repaid) = (asset_, repaid_);
    }

    function liquidateCalculateSeizeTokens(address, address, uint256 amount) external pure returns (uint256, uint256) {
        return (0, amount * 2);
    }

    function seize(address liquidator, address borrower, uint256 amount) external {
        move(borrower, liquidator, amount - amount / 10);
        move(borrower, address(this), amount / 10);
    }

    function liquidateBorrow(address borrower, uint256, CTokenLike collateral) external returns (uint256) {
        if (repaid == 0) return 3;
        asset.balanceOf(address(this));
        asset.transferFrom(msg.sender, address(this), repaid);
        asset.balanceOf(address(this));
        (, uint256 tokens) = this.liquidateCalculateSeizeTokens(address(this), address(collateral), repaid);
        collateral.seize(msg.sender, borrower, tokens);
        emit LiquidateBorrow(msg.sender, borrower, repaid, address(collateral), tokens);
        return 0;
    }
}

/// Compound III.
contract CometLike {
    LentCoin public baseToken;
    LentCoin public asset;
    event AbsorbDebt(address indexed absorber, address indexed borrower, uint256 basePaidOut, uint256 usdValue);
    event AbsorbCollateral(
        address indexed absorber,
        address indexed borrower,
        address indexed asset,
        uint256 collateralAbsorbed,
        uint256 usdValue
    );
    event BuyCollateral(address indexed buyer, address indexed asset, uint256 baseAmount, uint256 collateralAmount);

    constructor(LentCoin base, LentCoin asset_) {
        (baseToken, asset) = (base, asset_);
    }

    function absorb(address absorber, address[] calldata accounts) external {
        for (uint256 i = 0; i < accounts.length; ++i) {
            emit AbsorbCollateral(absorber, accounts[i], address(asset), 500 + i, 1);
            emit AbsorbCollateral(absorber, accounts[i], address(baseToken), 30, 1);
            emit AbsorbDebt(absorber, accounts[i], 400 + i, 1);
        }
    }

    function buyCollateral(LentCoin sold, uint256, uint256 amount, address to) external {
        baseToken.transferFrom(msg.sender, address(this), amount);
        sold.transfer(to, amount + amount / 20);
        emit BuyCollateral(msg.sender, address(sold), amount, amount + amount / 20);
    }
}

/// Maker's Vat, as far as auctions call it.
contract VatLike {
    function grab(bytes32, address, address, address, int256, int256) external {}
    function flux(bytes32, address, address, uint256) external {}
    function move(address, address, uint256) external {}
    function fess(uint256) external {}
    function slip(bytes32, address, int256) external {}
}

/// Dog, Clip and Flip in one.
contract AuctionLike {
    VatLike immutable vat;
    event Bark(
        bytes32 indexed ilk,
        address indexed urn,
        uint256 ink,
        uint256 art,
        uint256 due,
        address clip,
        uint256 indexed id
    );
    event Take(
        uint256 indexed id, uint256 max, uint256 price, uint256 owe, uint256 tab, uint256 lot, address indexed usr
    );

    constructor(VatLike vat_) {
        vat = vat_;
    }

    function bark(bytes32 ilk, address urn, address) external returns (uint256) {
        vat.grab(ilk, urn, address(this), address(vat), -5e18, -3e18);
        vat.fess(7000 * 1e45);
        emit Bark(ilk, urn, 5e18, 3e18, 7000 * 1e45, address(this), 1);
        return 1;
    }

    function take(uint256 id, uint256, uint256, address who, bytes calldata) external {
        vat.flux("WBTC-A", address(this), who, 2e18);
        vat.move(msg.sender, address(vat), 3000 * 1e45);
        vat.flux("WBTC-A", address(this), address(0xb0b), 3e18);
        emit Take(id, 0, 0, 3000 * 1e45, 0, 0, address(0xb0b));
    }

    /// The auction without bids cannot be dealt.
    function deal(uint256 id) external {
        require(id != 0, "Flip/not-finished");
        vat.flux("ETH-A", address(this), address(0xb1d), 9e18);
    }
}

/// Liquity V1's TroveManager with its pools, which do nothing but hold ether.
contract PoolLike {
    receive() external payable {}

    function sendETH(address payable to, uint256 amount) external {
        (bool sent,) = to.call{value: amount}("");
        require(sent);
    }
    function increaseLUSDDebt(uint256) external {}
    function decreaseLUSDDebt(uint256) external {}
    function offset(uint256, uint256) external {}
    function remove(address) external {}
}

contract TrovesLike {
    LentCoin immutable lusd;
    PoolLike immutable active;
    PoolLike immutable other = new PoolLike();
    PoolLike immutable stability = new PoolLike();
    event TroveLiquidated(address indexed borrower, uint256 debt, uint256 coll, uint8 operation);

    constructor(LentCoin lusd_) payable {
        lusd = lusd_;
        active = new PoolLike();
        (bool sent,) = address(active).call{value: msg.value}("");
        require(sent);
    }

    function batchLiquidateTroves(address[] memory troves) public {
        require(troves.length != 0, "TroveManager: nothing to liquidate");
        uint256 n = troves.length;
        for (uint256 i = 0; i < n; ++i) {
            stability.remove(troves[i]);
            emit TroveLiquidated(troves[i], 2000, 1000, 1);
        }
        stability.offset(1500 * n, 700 * n);
        active.decreaseLUSDDebt(500 * n);
        other.increaseLUSDDebt(500 * n);
        active.sendETH(payable(address(other)), 295 * n);
        lusd.returnFromPool(address(this), msg.sender, 200);
        active.sendETH(payable(msg.sender), 5 * n);
    }

    function liquidate(address trove) external {
        address[] memory one = new address[](1);
        one[0] = trove;
        batchLiquidateTroves(one);
    }

    /// A redemption closes troves too.
    function redeemCollateral(address trove) external {
        stability.remove(trove);
        active.decreaseLUSDDebt(500);
        active.sendETH(payable(msg.sender), 300);
    }
}

/// Euler V2's vault, called through its connector as in life.
contract EulerLike {
    LentCoin public asset;
    event Liquidate(
        address indexed liquidator,
        address indexed violator,
        address collateral,
        uint256 repayAssets,
        uint256 yieldBalance
    );

    constructor(LentCoin asset_) {
        asset = asset_;
    }

    function liquidate(address violator, LentCoin collateral, uint256 repay, uint256) external {
        if (msg.sender != address(this)) {
            this.liquidate(violator, collateral, repay, uint256(uint160(msg.sender)));
            return;
        }
        asset = LentCoin(this.asset());
        if (repay != 0) collateral.transfer(msg.sender, repay * 2);
        emit Liquidate(msg.sender, violator, address(collateral), repay, repay * 2);
    }
}

/// What Morpho asks for a price, 10^36 for one.
contract PriceLike {
    uint256 public price;

    function set(uint256 price_) external {
        price = price_;
    }
}

interface Lends {
    function flashLoan(address token, uint256 amount, bytes calldata data) external;
}

contract LoanTaker {
    function take(Lends lender, address token, uint256 amount) external {
        lender.flashLoan(token, amount, "");
    }
    function onMorphoFlashLoan(uint256, bytes calldata) external {}
}
