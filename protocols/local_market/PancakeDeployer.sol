// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// PancakeV3PoolDeployer's interface: the npm package has the factory and the pool, but not this one. The pool's creation code, too
/// long for one contract, is the code of two.
contract PancakeDeployer {
    struct Parameters {
        address factory;
        address token0;
        address token1;
        uint24 fee;
        int24 tickSpacing;
    }

    Parameters public parameters;
    address private immutable first;
    address private immutable second;

    constructor(address first_, address second_) {
        (first, second) = (first_, second_);
    }

    function deploy(address factory, address token0, address token1, uint24 fee, int24 tickSpacing)
        external
        returns (address pool)
    {
        parameters = Parameters(factory, token0, token1, fee, tickSpacing);
        bytes memory code = bytes.concat(first.code, second.code);
        bytes32 salt = keccak256(abi.encode(token0, token1, fee));
        assembly {
            pool := create2(0, add(code, 32), mload(code), salt)
        }
        require(pool != address(0));
        delete parameters;
    }
}
