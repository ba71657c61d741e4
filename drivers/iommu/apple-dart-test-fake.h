/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fake instances, and a bench to put them on.
 *
 * A fake instance remembers what its verbs were told, and can be asked what a master
 * would see: it walks the tables itself, with the walker of the tests.
 */
#ifndef APPLE_DART_TEST_FAKE_H
#define APPLE_DART_TEST_FAKE_H

#include <kunit/test.h>

#include <linux/iommu.h>

#include "apple-dart-domain.h"
#include "apple-dart-test.h"

#define RW		(IOMMU_READ | IOMMU_WRITE)
#define FAKE_STREAMS	16
#define FAKE_LOG_SIZE	64
#define MAX_FAKES	4
#define MAX_MASTERS	4

enum fake_mode { FAKE_BLOCKED, FAKE_TRANSLATE, FAKE_BYPASS };

/**
 * struct fake - a fake instance
 * @dart: the instance
 * @mode: of each stream
 * @cfg: geometry of the tables that each stream walks
 * @roots: their roots; 0 after they were forgotten
 * @firmware: root that firmware has set up for each stream, if the instance is locked; or 0
 * @n_flushes: commands
 * @flushed: streams of the last command
 * @range: addresses of the last command
 * @n_failed: &dart_domain.n_failed, counted up by each command, as if another one had failed
 *	meanwhile; or NULL
 * @log: verbs in order: T translate, P bypass, B block, G forget, F flush,
 *	R restore
 * @n_log: letters in @log
 * @fail_translate: fail when this reaches 0; -1: never
 * @fail_flush: what flushes return
 * @fail_block: what blocking returns
 */
struct fake {
	struct dart *dart;
	enum fake_mode mode[FAKE_STREAMS];
	struct dart_pt_cfg cfg[FAKE_STREAMS];
	u64 roots[FAKE_STREAMS][DART_PT_MAX_ROOTS];
	u64 firmware[FAKE_STREAMS];
	unsigned int n_flushes;
	unsigned long flushed;
	struct dart_range range;
	atomic_t *n_failed;
	char log[FAKE_LOG_SIZE];
	unsigned int n_log;
	int fail_translate;
	int fail_flush;
	int fail_block;
};

/**
 * struct bench - what one test case holds
 * @dev: device of all instances and masters
 * @fakes: instances
 * @n_fakes: number of @fakes
 * @masters: devices
 * @n_masters: number of @masters
 * @blocked: the domain that blocks
 * @identity: the domain that passes through
 * @allocs_left: page allocations that succeed before one fails; -1: all
 * @n_allocs: page allocations of narrowing_alloc_page()
 * @narrowed: domain whose @oas the first of them changes
 */
struct bench {
	struct device *dev;
	struct fake fakes[MAX_FAKES];
	unsigned int n_fakes;
	struct dart_master *masters[MAX_MASTERS];
	unsigned int n_masters;
	struct iommu_domain blocked;
	struct iommu_domain identity;
	int allocs_left;
	unsigned int n_allocs;
	struct dart_domain *narrowed;
};

extern const struct dart_hw fake_dart1;
extern const struct dart_hw fake_dart2;
extern const struct dart_params params_16k_32;
extern const struct dart_params params_16k_36;
extern const struct dart_params params_4k_32;
extern const struct dart_params params_16k_42;

int bench_init(struct kunit *test);
void bench_exit(struct kunit *test);
struct fake *add_fake(struct kunit *test, const struct dart_hw *hw,
		      const struct dart_params *params);
struct dart_master *add_master_at(struct kunit *test, struct fake **fakes, unsigned int n,
				  unsigned long streams);
struct dart_master *add_master(struct kunit *test, struct fake *fake, unsigned long streams);
struct dart_domain *add_domain(struct kunit *test, struct dart_master *master);
void detach_master(struct kunit *test, struct dart_master *master);
bool fake_sees(const struct fake *fake, unsigned int sid, u64 iova, u64 pa);
bool fake_sees_nothing(const struct fake *fake, unsigned int sid, u64 iova);
void fake_start(struct fake *fake);
unsigned int n_tables(const struct dart_domain *dom);
void *failing_alloc_page(unsigned int page_shift, gfp_t gfp);
void *narrowing_alloc_page(unsigned int page_shift, gfp_t gfp);

#endif
