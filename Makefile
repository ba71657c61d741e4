# SPDX-License-Identifier: GPL-2.0
# "make help" tells what there is. The work is done by the scripts in tools/ and tests/.

KDIR ?= /lib/modules/$(shell uname -r)/build
BOARD ?= m1
HEADLESS ?=
STAGE ?=
DRIVER ?= asahi
# Passed to apt in place of a configuration line, e.g. for a mirror that is a frozen snapshot:
# make demo APT_OPT='Acquire::Check-Valid-Until "false"'
APT_OPT ?=
MIRROR ?= http://deb.debian.org/debian
export APT_OPT MIRROR

.PHONY: help demo test desktops igt bench setup modules modules_install clean

help:
	@echo 'make demo [HEADLESS=1] [BOARD=m1]   a Wayland desktop, scanned out by the virtual SoC'
	@echo 'make test [STAGE=name]              every test, or one stage of them'
	@echo 'make desktops                       compositors and clients of all kinds, with pictures that are compared'
	@echo 'make igt [DRIVER=vkms]              all of upstream'\''s tests that apply, see build/igt.html and tests/igt/run'
	@echo 'make bench                          page tables against the kernel'\''s own, the GPU against lavapipe, see build/bench.json'
	@echo 'make setup                          what demo and test do first: root, kernels, builds'
	@echo 'make modules KDIR=...               the kernel modules for another kernel'
	@echo 'make clean                          remove what was built in the checkout'
	@echo 'tools/vm [OPTIONS] COMMAND...       a command in a guest; tools/vm --help'

demo:
	@BOARD=$(BOARD) HEADLESS=$(HEADLESS) tools/demo

test: setup
	@tests/run $(STAGE)

desktops:
	@tools/setup fast
	@tests/run desktops

igt:
	@tools/setup fast
	@tests/igt/run $(DRIVER)

# SAVE=1 replaces the figures in Documentation/iommu.
bench:
	@tools/setup fast
	@tests/bench/run

setup:
	@tools/setup

modules modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

clean:
	rm -rf build
