#pragma once
// The precompiles that have a file of their own; precompiles.cpp puts them into the table.

#include "evm/fork.hpp"
#include "primitives/bytes.hpp"

namespace osprey::evm::precompile {

int64_t modexp_gas(BytesView input, Fork fork) noexcept;
bool modexp(BytesView input, Bytes& output) noexcept;

int64_t blake2f_gas(BytesView input, Fork fork) noexcept;
bool blake2f(BytesView input, Bytes& output) noexcept;

bool point_evaluation(BytesView input, Bytes& output) noexcept;

int64_t bls12_g1_msm_gas(BytesView input, Fork fork) noexcept;
int64_t bls12_g2_msm_gas(BytesView input, Fork fork) noexcept;
int64_t bls12_pairing_gas(BytesView input, Fork fork) noexcept;
bool bls12_g1_add(BytesView input, Bytes& output) noexcept;
bool bls12_g1_msm(BytesView input, Bytes& output) noexcept;
bool bls12_g2_add(BytesView input, Bytes& output) noexcept;
bool bls12_g2_msm(BytesView input, Bytes& output) noexcept;
bool bls12_pairing(BytesView input, Bytes& output) noexcept;
bool bls12_map_fp_to_g1(BytesView input, Bytes& output) noexcept;
bool bls12_map_fp2_to_g2(BytesView input, Bytes& output) noexcept;

bool p256_verify(BytesView input, Bytes& output) noexcept;

}  // namespace osprey::evm::precompile
