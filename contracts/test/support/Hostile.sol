// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Calls what it is told to, and tells how that went: an operator that is a contract, or somebody's accomplice.
contract Puppet {
    bool public done;
    bytes public answer;

    receive() external payable {}

    function act(address target, bytes memory data) public {
        (done, answer) = target.call(data);
    }
}

/// Acts through a puppet in the middle of every transfer.
contract HookToken is ERC20 {
    Puppet private puppet;
    address private target;
    bytes private data;

    constructor() ERC20("Hook", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function onTransfer(Puppet puppet_, address target_, bytes calldata data_) external {
        (puppet, target, data) = (puppet_, target_, data_);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (target != address(0) && from != address(0)) puppet.act(target, data);
    }
}

/// Lends any token that it holds, as ERC-3156's reference does, without a lock.
contract Lender {
    uint256 public fee;

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function flashLoan(address receiver, address token, uint256 amount, bytes calldata data) external returns (bool) {
        ERC20(token).transfer(receiver, amount);
        (bool done, bytes memory answer) = receiver.call(
            abi.encodeWithSignature(
                "onFlashLoan(address,address,uint256,uint256,bytes)", msg.sender, token, amount, fee, data
            )
        );
        if (!done) {
            assembly {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        require(abi.decode(answer, (bytes32)) == keccak256("ERC3156FlashBorrower.onFlashLoan"), "callback");
        require(ERC20(token).transferFrom(receiver, address(this), amount + fee), "repayment");
        return true;
    }
}

/// Poses as a pool or lender of any kind and calls back as its mode says.
contract HostilePool {
    enum Mode {
        honest,
        silent,
        twice,
        byAnother,
        otherData,
        longerData,
        otherShape,
        asksMore,
        late
    }

    struct Shape {
        uint256 bytesIn; // which argument of the call is the bytes
        uint256 bytesOut; // which of the callback
        uint256 head; // words before the bytes in the callback
        uint256 amountOut; // which word of the callback is the amount asked for or the fee; 99: none
    }

    Mode public mode;
    Puppet private immutable accomplice = new Puppet();
    bytes private kept;
    uint256 private asked;

    function become(Mode mode_, uint256 asked_) external {
        (mode, asked) = (mode_, asked_);
    }

    receive() external payable {}

    /// The callback of the last run once more, when no run is under way.
    function callLate(address executor) external returns (bool done) {
        (done,) = executor.call(kept);
    }

    fallback() external payable {
        Shape memory shape = shapeOf(msg.sig);
        bytes memory data = argument(shape.bytesIn);
        if (mode == Mode.otherData) data[data.length - 1] ^= 0x01;
        if (mode == Mode.longerData) data = abi.encodePacked(data, uint8(0));
        if (mode == Mode.otherShape) shape.bytesOut = (shape.bytesOut + 1) % 5;
        bytes memory callback = encode(shape, data);
        if (mode == Mode.late) kept = callback;
        if (mode == Mode.silent) return;
        if (mode == Mode.byAnother) {
            accomplice.act(msg.sender, callback);
            pass(accomplice.done(), accomplice.answer());
        } else {
            act(callback);
            if (mode == Mode.twice) act(callback);
        }
    }

    function act(bytes memory callback) private {
        (bool done, bytes memory answer) = msg.sender.call(callback);
        pass(done, answer);
    }

    function pass(bool done, bytes memory answer) private pure {
        if (done) return;
        assembly {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function shapeOf(bytes4 selector) private pure returns (Shape memory) {
        if (selector == bytes4(keccak256("swap(uint256,uint256,address,bytes)"))) return Shape(3, 3, 4, 99);
        if (selector == bytes4(keccak256("swap(address,bool,int256,uint160,bytes)"))) return Shape(4, 2, 3, 0);
        if (selector == bytes4(keccak256("unlock(bytes)"))) return Shape(0, 0, 1, 99);
        if (selector == bytes4(keccak256("flashLoanSimple(address,address,uint256,bytes,uint16)"))) {
            return Shape(3, 4, 5, 2);
        }
        // fees is an array: its offset points at two words behind the head that encode() writes.
        if (selector == bytes4(keccak256("flashLoan(address,address[],uint256[],bytes)"))) return Shape(3, 3, 4, 2);
        if (selector == bytes4(keccak256("flashLoan(address,uint256,bytes)"))) return Shape(2, 1, 2, 99);
        if (selector == bytes4(keccak256("flashLoan(address,address,uint256,bytes)"))) return Shape(3, 4, 5, 3);
        if (selector == bytes4(keccak256("flash(address,uint256,uint256,bytes)"))) return Shape(3, 2, 3, 1);
        revert("not a pool's function");
    }

    function argument(uint256 i) private pure returns (bytes memory) {
        uint256 at = uint256(bytes32(msg.data[4 + 32 * i:])) + 4;
        uint256 size = uint256(bytes32(msg.data[at:]));
        return msg.data[at + 32:at + 32 + size];
    }

    /// A call of any name with the bytes as argument bytesOut; both of a V3 flash's fees are the one asked for.
    function encode(Shape memory shape, bytes memory data) private view returns (bytes memory) {
        uint256 amount = mode == Mode.asksMore ? asked : 0;
        uint256[] memory words = new uint256[](shape.head > 5 ? shape.head : 5);
        bool fees = msg.sig == bytes4(keccak256("flashLoan(address,address[],uint256[],bytes)"));
        if (shape.amountOut != 99) words[shape.amountOut] = fees ? 32 * words.length : amount;
        if (shape.amountOut == 1) words[0] = amount;
        words[shape.bytesOut] = 32 * words.length + (fees ? 64 : 0);
        bytes memory head = abi.encodePacked(bytes4(0x12345678), words);
        if (fees) head = abi.encodePacked(head, uint256(1), amount);
        return abi.encodePacked(head, data.length, data, new bytes(64));
    }
}
