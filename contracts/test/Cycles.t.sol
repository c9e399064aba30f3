// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Hops} from "./support/Hops.sol";
import {Family} from "./support/Market.sol";
import "./support/Steps.sol";
import {IToken} from "./support/Tokens.sol";
import {vm} from "./support/Vm.sol";
import {InsufficientGrowth} from "../src/Errors.sol";

/// Random cycles over random families, funded in every way. What each swap pays is found beforehand by swapping without the executor;
/// the executor then gains exactly that, and a unit more as the stated minimum makes it revert.
contract CyclesTest is Hops {
    enum Funding {
        inventory,
        v2Flash,
        v3Flash,
        v4,
        aave,
        balancer,
        morpho,
        erc3156,
        v3Loan
    }

    Hop[] private hops;

    function setUp() public {
        deployMarket();
        deployExecutor(OPERATOR, weth);
        deployMorpho();
        deployAave(plain);
        send(weth, address(vault), 1); // the Vault has an account of each token by its pools
    }

    function testFuzz_cyclePaysToTheWei(uint256 seed, uint256 amount) public {
        cycle(seed, within(amount, 1e12, 1e21));
    }

    /// The random cycles reach every funding and every family, and gain with it.
    function test_everyFundingAndFamilyGains() public {
        uint256 fundings;
        uint256 families;
        uint256 start = vm.snapshotState();
        for (uint256 seed = 0; seed < 1000 && (fundings != (1 << 9) - 1 || families != (1 << 6) - 1); ++seed) {
            (bool gained, Funding used) = cycle(uint256(keccak256(abi.encode(seed))), 1e18);
            if (gained) {
                fundings |= 1 << uint256(used);
                for (uint256 i = 0; i < hops.length; ++i) {
                    families |= 1 << uint256(hops[i].family);
                }
            }
            vm.revertToState(start);
        }
        vm.assertEq(fundings, (1 << 9) - 1, "a funding was never used");
        vm.assertEq(families, (1 << 6) - 1, "a family was never used");
    }

    function cycle(uint256 seed, uint256 amount) private returns (bool gained, Funding used) {
        plan(seed, amount);
        address token = hops[0].tokenIn;
        bytes memory steps;
        uint256 fee;
        (used, steps, fee) = funded(Funding(within(seed >> 128, 0, 8)));
        if (used == Funding.inventory) send(token, address(executor), hops[0].amountIn);
        uint256 spent = hops[0].amountIn + fee;
        uint256 got = hops[hops.length - 1].amountOut;
        uint256 before = held(token);
        gained = got >= spent;
        if (gained) {
            mustFail(abi.encodePacked(header(token, got - spent + 1, 0), steps), InsufficientGrowth.selector);
            mustRun(abi.encodePacked(header(token, got - spent, 0), steps));
            vm.assertEq(held(token) - before, got - spent, "the gain");
        } else {
            (bool done,) = attempt(OPERATOR, abi.encodePacked(header(token, 0, 0), steps));
            vm.assertFalse(done, "a losing cycle ran");
            vm.assertEq(held(token), before, "what a losing cycle left");
        }
        for (uint256 i = 0; i < 4; ++i) {
            if (tokens[i] != token) vm.assertEq(held(tokens[i]), 0, "another token was left");
            vm.assertEq(allowance(tokens[i], address(vault)), 0, "the Vault has an allowance");
            vm.assertEq(allowance(tokens[i], address(aave)), 0, "Aave has an allowance");
            vm.assertEq(allowance(tokens[i], morpho), 0, "Morpho has an allowance");
        }
    }

    function allowance(address token, address spender) private view returns (uint256) {
        return IToken(token).allowance(address(executor), spender);
    }

    /// Two to four hops from one token back to it, and the amounts that they pay in that order.
    function plan(uint256 seed, uint256 amount) private {
        delete hops;
        uint256 length = within(seed, 2, 4);
        Family[] memory families = new Family[](length);
        address[] memory path = new address[](length + 1);
        for (uint256 i = 0; i < length; ++i) {
            families[i] = Family(within(seed >> (16 + 8 * i), 0, 5));
            path[i] = tokens[((seed >> 8) % 4 + i) % 4];
        }
        path[length] = path[0];
        // The second of two hops takes another family: the same pool would give back what it got.
        if (length == 2 && families[1] == families[0]) families[1] = Family((uint256(families[0]) + 1) % 6);
        Hop[] memory planned = quote(families, path, amount);
        for (uint256 i = 0; i < length; ++i) {
            hops.push(planned[i]);
        }
    }

    /// The steps of the cycle with what brings the start amount, and its fee: by `funding` where the cycle allows it, else by another.
    function funded(Funding funding) private view returns (Funding, bytes memory steps, uint256 fee) {
        Hop memory hop = hops[0];
        address token = hop.tokenIn;
        uint256 amount = hop.amountIn;
        bool zeroForOne = token < hop.tokenOut;
        bytes memory all = abi.encodePacked(swapSteps(hop, address(0)), rest());
        if (funding == Funding.v2Flash && hop.family == Family.v2) {
            address pair = poolOf(Family.v2, token, hop.tokenOut);
            bytes memory pays = transferStep(token, pair, amount);
            return (funding, v2Flash(pair, zeroForOne, hop.amountOut, abi.encodePacked(rest(), pays)), 0);
        }
        if (funding == Funding.v3Flash && hop.family == Family.v3) {
            address pool = poolOf(Family.v3, token, hop.tokenOut);
            return (funding, v3Flash(pool, zeroForOne, token, amount, rest()), 0);
        }
        if (funding == Funding.v4) {
            bytes memory nested = takeStep(address(manager), token, amount);
            for (uint256 i = 0; i < hops.length; ++i) {
                bool unlocked = hops[i].family == Family.v4; // a second unlock would revert
                nested = abi.encodePacked(
                    nested, unlocked ? insideUnlock(hops[i], address(0)) : swapSteps(hops[i], address(0))
                );
            }
            nested = abi.encodePacked(nested, settleStep(address(manager), token, amount));
            return (funding, unlockStep(address(manager), nested), 0);
        }
        if (funding == Funding.aave && token == plain) {
            return (funding, loanStep(0x30, address(aave), token, amount, all), (amount * 5 + 5000) / 10000);
        }
        // The Vault does not swap while it lends.
        if (funding == Funding.balancer && !uses(Family.balancer)) {
            return (funding, loanStep(0x31, address(vault), token, amount, all), 0);
        }
        if (funding == Funding.erc3156 && token == flash) {
            return (funding, loanStep(0x33, flash, token, amount, all), amount / 1000);
        }
        if (funding == Funding.v3Loan && hops.length == 2) {
            // A pool that is not on the way: it is locked while it lends.
            address other = tokens[(index(token) + 2) % 4];
            uint8 op = token < other ? 0x34 : 0xb4;
            bytes memory loan = loanStep(op, poolOf(Family.v3, token, other), token, amount, all);
            return (funding, loan, (amount * 3 + 999) / 1000);
        }
        if (funding != Funding.inventory) return (Funding.morpho, loanStep(0x32, morpho, token, amount, all), 0);
        return (funding, all, 0);
    }

    function uses(Family family) private view returns (bool found) {
        for (uint256 i = 0; i < hops.length; ++i) {
            found = found || hops[i].family == family;
        }
    }

    function index(address token) private view returns (uint256 i) {
        while (tokens[i] != token) ++i;
    }

    function rest() private view returns (bytes memory steps) {
        for (uint256 i = 1; i < hops.length; ++i) {
            steps = abi.encodePacked(steps, swapSteps(hops[i], address(0)));
        }
    }
}
