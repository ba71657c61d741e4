# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# programs_of SPIRV_DIR: what vk_compute runs (JOBS_OF_RUN), a name for each of its outputs (NAMES).
# shellcheck disable=SC2034 # for those who read this
programs_of()
{
	local dir=$1 source
	NAMES=(fill copy update)
	JOBS_OF_RUN=(fill copy update)
	for source in "$(dirname "${BASH_SOURCE[0]}")"/programs/*.comp; do
		source=$(basename "$source" .comp)
		NAMES+=("$source")
		JOBS_OF_RUN+=("$dir/$source.spv")
	done
	NAMES+=(int_grid-indirect int_chain-chain)
	JOBS_OF_RUN+=(indirect "$dir/int_grid.spv" chain "$dir/int_chain.spv")
}
