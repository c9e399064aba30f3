// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import "./Token.sol";

/// What a meta pool asks of its base pool.
contract BasePoolReference {
    uint256 public get_virtual_price = 1e18;
}

/// RAI's redemption price in 27 digits, as its pool reads it.
contract RedemptionReference {
    uint256 public snappedRedemptionPrice = 3e27;
}

/// A StableSwap meta pool by what Curve publishes: the invariant of "StableSwap - efficient mechanism for Stablecoin
/// liquidity" for two coins, and the order of roundings that the published sources of the meta pools document. It is not
/// the deployed bytecode, which no test data holds. Its numbers stand in fixed slots, for a test to write. `style` bits:
/// 1 names its base pool, 2 keeps its virtual price for ten minutes, 4 takes the first coin's rate from a redemption
/// price, 8 takes get_dy's fee from coins.
contract CurveMetaReference {
    uint256[2] private held; // slots 0 and 1
    uint256 public fee; // 2
    uint256 public admin_fee; // 3
    uint256 public initial_A; // 4
    uint256 public future_A; // 5
    uint256 public initial_A_time; // 6
    uint256 public future_A_time; // 7
    uint256 private keptPrice; // 8
    uint256 private keptAt; // 9
    uint256 private multiplier; // 10

    uint256 private immutable style;
    Token private immutable first;
    Token private immutable share;
    address private immutable base;
    address private immutable redemption;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );
    event TokenExchangeUnderlying(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );

    constructor(uint256 style_, address first_, address share_, address base_, address redemption_) {
        style = style_;
        first = Token(first_);
        share = Token(share_);
        base = base_;
        redemption = redemption_;
    }

    modifier only(uint256 bit) {
        require(style & bit != 0);
        _;
    }

    function base_pool() external view only(1) returns (address) {
        return base;
    }

    function base_virtual_price() external view only(2) returns (uint256) {
        return keptPrice;
    }

    function base_cache_updated() external view only(2) returns (uint256) {
        return keptAt;
    }

    function redemption_price_snap() external view only(4) returns (address) {
        return redemption;
    }

    function coins(uint256 i) external view returns (address) {
        require(i < 2);
        return i == 0 ? address(first) : address(share);
    }

    function balances(uint256 i) external view returns (uint256) {
        return held[i];
    }

    function A_precise() public view returns (uint256) {
        if (block.timestamp >= future_A_time) return future_A;
        uint256 passed = block.timestamp - initial_A_time;
        uint256 all = future_A_time - initial_A_time;
        if (future_A > initial_A) return initial_A + (future_A - initial_A) * passed / all;
        return initial_A - (initial_A - future_A) * passed / all;
    }

    function A() external view returns (uint256) {
        return A_precise() / 100;
    }

    function get_virtual_price() external view returns (uint256) {
        return invariant(values(rates()), A_precise());
    }

    function expired() private view returns (bool) {
        return style & 2 == 0 || block.timestamp > keptAt + 600;
    }

    function rates() private view returns (uint256[2] memory r) {
        r[0] = style & 4 != 0 ? RedemptionReference(redemption).snappedRedemptionPrice() / 1e9 : multiplier;
        r[1] = expired() ? BasePoolReference(base).get_virtual_price() : keptPrice;
    }

    function values(uint256[2] memory r) private view returns (uint256[2] memory v) {
        for (uint256 k = 0; k < 2; ++k) {
            v[k] = r[k] * held[k] / 1e18;
        }
    }

    /// Newton's steps for D until two are at most one apart.
    function invariant(uint256[2] memory v, uint256 a) private pure returns (uint256 d) {
        uint256 sum = v[0] + v[1];
        if (sum == 0) return 0;
        d = sum;
        for (uint256 step = 0; step < 255; ++step) {
            uint256 p = d * d / (v[0] * 2);
            p = p * d / (v[1] * 2);
            uint256 last = d;
            d = (2 * a * sum / 100 + p * 2) * d / ((2 * a - 100) * d / 100 + 3 * p);
            if (d > last ? d - last <= 1 : last - d <= 1) return d;
        }
        revert("no D");
    }

    /// The other coin's value where one has the value x.
    function solve(uint256 x, uint256 d, uint256 a) private pure returns (uint256 y) {
        uint256 c = d * d / (x * 2);
        c = c * d * 100 / (2 * a * 2);
        uint256 b = x + d * 100 / (2 * a);
        y = d;
        for (uint256 step = 0; step < 255; ++step) {
            uint256 last = y;
            y = (y * y + c) / (2 * y + b - d);
            if (y > last ? y - last <= 1 : last - y <= 1) return y;
        }
        revert("no y");
    }

    function gross(uint256 i, uint256 amount, uint256[2] memory r) private view returns (uint256) {
        uint256[2] memory v = values(r);
        uint256 a = A_precise();
        return v[1 - i] - solve(v[i] + amount * r[i] / 1e18, invariant(v, a), a) - 1;
    }

    function place(int128 i, int128 j) private pure returns (uint256) {
        require(i != j && (i == 0 || i == 1) && (j == 0 || j == 1));
        return i == 0 ? 0 : 1;
    }

    function get_dy(int128 i, int128 j, uint256 amount) external view returns (uint256) {
        uint256 k = place(i, j);
        uint256[2] memory r = rates();
        uint256 value = gross(k, amount, r);
        if (style & 8 != 0) {
            uint256 coins_ = value * 1e18 / r[1 - k];
            return coins_ - fee * coins_ / 1e10;
        }
        return (value - fee * value / 1e10) * 1e18 / r[1 - k];
    }

    function exchange(int128 i, int128 j, uint256 amount, uint256 least) external returns (uint256 paid) {
        uint256 k = place(i, j);
        uint256[2] memory r = rates();
        if (style & 2 != 0 && expired()) {
            keptPrice = r[1];
            keptAt = block.timestamp;
        }
        uint256 value = gross(k, amount, r);
        uint256 kept = value * fee / 1e10;
        paid = (value - kept) * 1e18 / r[1 - k];
        require(paid >= least);
        uint256 admin = kept * admin_fee / 1e10 * 1e18 / r[1 - k];
        held[k] += amount;
        held[1 - k] = held[1 - k] - paid - admin;
        (k == 0 ? first : share).transferFrom(msg.sender, address(this), amount);
        (k == 0 ? share : first).transfer(msg.sender, paid);
        emit TokenExchange(msg.sender, i, amount, j, paid);
    }
}

/// A base pool's share that names its pool, as 3CRV does.
contract MetaShare is Token {
    address public minter;

    constructor(address minter_) Token(18) {
        minter = minter_;
    }
}
