// SPDX-License-Identifier: GPL-2.0
/*
 * cl_compute SOURCE OUT: run every kernel of an OpenCL source on the one device there is; see
 * programs/opencl.cl for what a kernel gets. The outputs are written into OUT one after the other,
 * and the names of the kernels, in that order, to stdout.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CL/cl.h>

#define WORDS 16384
#define GROUP 64
#define SIDE 128

#define CHECK(error)                                                  \
	do {                                                          \
		cl_int check_ = (error);                              \
                                                                      \
		if (check_) {                                         \
			fprintf(stderr, "line %d: %d\n", __LINE__, check_); \
			exit(1);                                      \
		}                                                     \
	} while (0)

struct context {
	cl_device_id device;
	cl_context context;
	cl_command_queue queue;
	cl_program program;
	cl_mem in[2], out, image;
	FILE *file;
};

static void open_device(struct context *c)
{
	cl_platform_id platform;
	cl_uint count;
	char name[128];
	cl_int error;

	CHECK(clGetPlatformIDs(1, &platform, &count));
	CHECK(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &c->device, &count));
	CHECK(clGetDeviceInfo(c->device, CL_DEVICE_NAME, sizeof(name), name, NULL));
	fprintf(stderr, "%s\n", name);
	c->context = clCreateContext(NULL, 1, &c->device, NULL, NULL, &error);
	CHECK(error);
	c->queue = clCreateCommandQueue(c->context, c->device, 0, &error);
	CHECK(error);
}

static char *read_source(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = calloc(1, 1 << 16);

	if (!file || !text || !fread(text, 1, (1 << 16) - 1, file)) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return text;
}

static void build(struct context *c, const char *path)
{
	char *text = read_source(path), log[4096] = "";
	cl_int error;

	c->program = clCreateProgramWithSource(c->context, 1, (const char **)&text, NULL, &error);
	CHECK(error);
	error = clBuildProgram(c->program, 1, &c->device, "-cl-std=CL3.0 -cl-fp32-correctly-rounded-divide-sqrt",
			       NULL, NULL);
	if (error) {
		clGetProgramBuildInfo(c->program, c->device, CL_PROGRAM_BUILD_LOG, sizeof(log), log,
				      NULL);
		fprintf(stderr, "%s\n", log);
	}
	CHECK(error);
	free(text);
}

static void create_memory(struct context *c)
{
	const cl_image_format format = {CL_RGBA, CL_UNSIGNED_INT32};
	const cl_image_desc desc = {
		.image_type = CL_MEM_OBJECT_IMAGE2D, .image_width = SIDE, .image_height = SIDE};
	static uint32_t words[WORDS];
	uint32_t x = 0x12345678;
	cl_int error;

	for (unsigned int n = 0; n < 2; n++) {
		for (unsigned int i = 0; i < WORDS; i++) {
			x = x * 1664525 + 1013904223;
			words[i] = x ^ x >> 15;
		}
		c->in[n] = clCreateBuffer(c->context, CL_MEM_COPY_HOST_PTR, sizeof(words), words,
					  &error);
		CHECK(error);
	}
	c->out = clCreateBuffer(c->context, 0, sizeof(words), NULL, &error);
	CHECK(error);
	c->image = clCreateImage(c->context, 0, &format, &desc, NULL, &error);
	CHECK(error);
}

static bool reads_image(const char *name)
{
	return !strcmp(name, "image_read") || !strcmp(name, "image_sample");
}

static void set_arguments(struct context *c, cl_kernel kernel, const char *name)
{
	if (reads_image(name)) {
		CHECK(clSetKernelArg(kernel, 0, sizeof(cl_mem), &c->image));
		CHECK(clSetKernelArg(kernel, 1, sizeof(cl_mem), &c->out));
		return;
	}
	for (unsigned int n = 0; n < 2; n++)
		CHECK(clSetKernelArg(kernel, n, sizeof(cl_mem), &c->in[n]));
	CHECK(clSetKernelArg(kernel, 2, sizeof(cl_mem),
			     strncmp(name, "image", 5) ? &c->out : &c->image));
}

/* The output's words; of an image, those of its first lines. */
static void read_output(struct context *c, const char *name, uint32_t *words)
{
	const size_t origin[3] = {0}, region[3] = {SIDE, WORDS / SIDE / 4, 1};

	if (strcmp(name, "image_write")) {
		CHECK(clEnqueueReadBuffer(c->queue, c->out, CL_TRUE, 0, WORDS * 4, words, 0, NULL,
					  NULL));
		return;
	}
	CHECK(clEnqueueReadImage(c->queue, c->image, CL_TRUE, origin, region, 0, 0, words, 0, NULL,
				 NULL));
}

static void run(struct context *c, const char *name)
{
	const size_t items = WORDS, group = GROUP;
	static uint32_t words[WORDS];
	const uint32_t ones = 0xa5a5a5a5;
	cl_int error;
	cl_kernel kernel = clCreateKernel(c->program, name, &error);

	CHECK(error);
	CHECK(clEnqueueFillBuffer(c->queue, c->out, &ones, 4, 0, WORDS * 4, 0, NULL, NULL));
	set_arguments(c, kernel, name);
	CHECK(clEnqueueNDRangeKernel(c->queue, kernel, 1, NULL, &items, &group, 0, NULL, NULL));
	CHECK(clFinish(c->queue));
	read_output(c, name, words);
	fwrite(words, 1, sizeof(words), c->file);
	puts(name);
	clReleaseKernel(kernel);
}

int main(int argc, char **argv)
{
	char names[4096], *rest = names, *name;
	struct context c = {0};

	if (argc != 3)
		return 2;
	c.file = fopen(argv[2], "wb");
	if (!c.file)
		return 1;
	open_device(&c);
	build(&c, argv[1]);
	create_memory(&c);
	CHECK(clGetProgramInfo(c.program, CL_PROGRAM_KERNEL_NAMES, sizeof(names), names, NULL));
	/* What is read was written before. */
	while ((name = strsep(&rest, ";")))
		if (!reads_image(name))
			run(&c, name);
	run(&c, "image_read");
	run(&c, "image_sample");
	return fclose(c.file) ? 1 : 0;
}
