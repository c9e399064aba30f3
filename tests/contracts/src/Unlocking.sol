// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

struct Step {
    address to;
    uint256 value;
    bytes data;
}

interface IUnlocked {
    function unlock(bytes calldata data) external returns (bytes memory);
}

/// Unlocks a PoolManager or a Vault and makes the calls that it was told to.
contract Unlocking {
    receive() external payable {}

    function run(IUnlocked target, Step[] calldata steps) external payable {
        target.unlock(abi.encode(steps));
    }

    /// A Vault calls back with the very data that unlock() was given.
    function runInVault(IUnlocked target, Step[] calldata steps) external payable {
        target.unlock(abi.encodeCall(this.make, (steps)));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        make(abi.decode(data, (Step[])));
        return "";
    }

    function make(Step[] memory steps) public {
        for (uint256 i = 0; i < steps.length; i++) {
            (bool done, bytes memory reason) = steps[i].to.call{value: steps[i].value}(steps[i].data);
            if (!done) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
    }
}

interface IHeld {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
}

struct VaultSwap {
    uint8 kind;
    address pool;
    address tokenIn;
    address tokenOut;
    uint256 amountGiven;
    uint256 limit;
    bytes userData;
}

/// The accounts of Balancer V3's Vault: debts and credits while it is unlocked, even at the end. It swaps one for two.
contract AccountingVault {
    mapping(address => uint256) public reservesOf;
    mapping(address => int256) public deltaOf;
    uint256 public open;

    function unlock(bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory answer) = msg.sender.call(data);
        require(done && open == 0, "not even");
        return answer;
    }

    function sendTo(address token, address to, uint256 amount) external {
        account(token, int256(amount));
        reservesOf[token] -= amount;
        IHeld(token).transfer(to, amount);
    }

    function settle(address token, uint256 amountHint) external returns (uint256 credit) {
        uint256 held = IHeld(token).balanceOf(address(this));
        credit = held - reservesOf[token];
        reservesOf[token] = held;
        if (credit > amountHint) credit = amountHint;
        account(token, -int256(credit));
    }

    function swap(VaultSwap calldata s) external returns (uint256, uint256, uint256) {
        account(s.tokenIn, int256(s.amountGiven));
        account(s.tokenOut, -int256(2 * s.amountGiven));
        return (2 * s.amountGiven, s.amountGiven, 2 * s.amountGiven);
    }

    function fund(address token) external {
        reservesOf[token] = IHeld(token).balanceOf(address(this));
    }

    function account(address token, int256 change) private {
        int256 before = deltaOf[token];
        deltaOf[token] = before + change;
        if (before == 0) open++;
        if (deltaOf[token] == 0) open--;
    }
}
