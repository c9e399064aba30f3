// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

// One token for each way of not being plain. All give themselves to anybody by mint().

abstract contract OddToken {
    mapping(address => uint256) internal balances;

    function mint(address to, uint256 value) external {
        balances[to] += value;
    }

    function balanceOf(address who) public view virtual returns (uint256) {
        return balances[who];
    }

    function move(address from, address to, uint256 sent, uint256 arrives) internal {
        balances[from] -= sent;
        balances[to] += arrives;
    }
}

contract TaxedToken is OddToken {
    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value, value - value * 3 / 100);
        return true;
    }
}

contract SilentToken is OddToken {
    function transfer(address to, uint256 value) external {
        move(msg.sender, to, value, value);
    }
}

contract DenyingToken is OddToken {
    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value, value);
        return false;
    }
}

/// Only those who were let in by setPool() may send.
contract HoneypotToken is OddToken {
    address public pool;

    function setPool(address pool_) external {
        pool = pool_;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        require(msg.sender == pool, "no");
        move(msg.sender, to, value, value);
        return true;
    }
}

contract PausedToken is OddToken {
    bool public paused = true;

    function transfer(address to, uint256 value) external returns (bool) {
        require(!paused, "paused");
        move(msg.sender, to, value, value);
        return true;
    }

    function isBlacklisted(address) external pure returns (bool) {
        return false;
    }
}

/// Balances are shares of a total that grows.
contract RebasingToken is OddToken {
    uint256 public pooled = 117e18;
    uint256 public shares = 100e18;

    function balanceOf(address who) public view override returns (uint256) {
        return balances[who] * pooled / shares;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        uint256 part = value * shares / pooled;
        move(msg.sender, to, part, part);
        return true;
    }
}

contract HookedToken is OddToken {
    function transfer(address to, uint256 value) external returns (bool) {
        (bool ok,) = to.call(abi.encodeWithSignature("tokensReceived(uint256)", value));
        require(ok, "receiver");
        move(msg.sender, to, value, value);
        return true;
    }
}
