// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What paths of cgroups tell: units by systemd's rules, containers as the engines name
 * them, each as it is met on real machines; and paths that are made to mislead.
 */
#include "common/cgroup-name.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_A		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID_B		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define ID_D		"3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f"
#define POD		"8f4e6c1a-52f3-4d7b-9c0e-1b2a3c4d5e6f"
#define POD_SLICE	"8f4e6c1a_52f3_4d7b_9c0e_1b2a3c4d5e6f"
#define POD_HASH	"5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d"

/* What is not given is not there; the slice is the root's then. */
static const struct {
	const char *path;
	const char *unit;
	const char *slice;
	const char *user_unit;
	const char *user_slice;
	bool has_owner;
	uint32_t owner;
	enum cgroup_engine engine;
	const char *container;
	const char *pod;
	const char *machine;
} paths[] = {
	{ .path = "/" },
	{ .path = "/init.scope", .unit = "init.scope" },
	{ .path = "/system.slice", .slice = "system.slice" },
	{ .path = "/system.slice/ssh.service", .unit = "ssh.service", .slice = "system.slice" },
	{ .path = "/system.slice/systemd-journald.service", .unit = "systemd-journald.service",
	  .slice = "system.slice" },
	{ .path = "/system.slice/dbus.service/", .unit = "dbus.service",
	  .slice = "system.slice" },
	{ .path = "//system.slice///cron.service//x", .unit = "cron.service",
	  .slice = "system.slice" },
	{ .path = "system.slice/cron.service", .unit = "cron.service", .slice = "system.slice" },
	{ .path = "/system.slice/system-getty.slice/getty@tty1.service",
	  .unit = "getty@tty1.service", .slice = "system-getty.slice" },
	{ .path = "/system.slice/system-serial\\x2dgetty.slice/serial-getty@ttyS0.service",
	  .unit = "serial-getty@ttyS0.service", .slice = "system-serial\\x2dgetty.slice" },
	{ .path = "/system.slice/system-postgresql.slice/postgresql@15-main.service",
	  .unit = "postgresql@15-main.service", .slice = "system-postgresql.slice" },
	{ .path = "/system.slice/system-openvpn\\x2dclient.slice/"
		  "openvpn-client@a\\x2db.service", .unit = "openvpn-client@a\\x2db.service",
	  .slice = "system-openvpn\\x2dclient.slice" },
	{ .path = "/system.slice/boot-efi.mount", .unit = "boot-efi.mount",
	  .slice = "system.slice" },
	{ .path = "/system.slice/dev-disk-by\\x2duuid-1234.swap",
	  .unit = "dev-disk-by\\x2duuid-1234.swap", .slice = "system.slice" },
	{ .path = "/system.slice/docker.socket", .unit = "docker.socket",
	  .slice = "system.slice" },
	{ .path = "/system.slice/run-r0f1e2d3c4b5a69788796a5b4c3d2e1f0.scope",
	  .unit = "run-r0f1e2d3c4b5a69788796a5b4c3d2e1f0.scope", .slice = "system.slice" },
	{ .path = "/system.slice/systemd-udevd.service/udev", .unit = "systemd-udevd.service",
	  .slice = "system.slice" },
	{ .path = "/system.slice/nginx.service/workers/1", .unit = "nginx.service",
	  .slice = "system.slice" },
	{ .path = "/system.slice/inner.service/other.service", .unit = "inner.service",
	  .slice = "system.slice" },
	{ .path = "/system.slice/_cpu.service", .unit = "cpu.service", .slice = "system.slice" },
	{ .path = "/_memory.slice/_cgroup.service", .unit = "cgroup.service",
	  .slice = "memory.slice" },
	{ .path = "/system.slice/__a.service", .unit = "_a.service", .slice = "system.slice" },
	{ .path = "/db.slice/db-main.slice/db-main-a.slice/mysqld.service",
	  .unit = "mysqld.service", .slice = "db-main-a.slice" },
	{ .path = "/nginx.service", .unit = "nginx.service" },
	{ .path = "/-.slice/init.scope", .unit = "init.scope" },
	{ .path = "/system.slice/getty@.service", .slice = "system.slice" },
	{ .path = "/system.slice/@tty1.service", .slice = "system.slice" },
	{ .path = "/system.slice/getty####@tty6.service/x", .slice = "system.slice" },
	{ .path = "/system.slice/service", .slice = "system.slice" },
	{ .path = "/system.slice/.service", .slice = "system.slice" },
	{ .path = "/system.slice/a.socket.x", .slice = "system.slice" },
	{ .path = "/system.slice/garbage/ssh.service", .slice = "system.slice" },
	{ .path = "/garbage" },
	{ .path = "/a@b.slice/c.service" },
	{ .path = "/a b.slice/c.service" },
	{ .path = "/system.slice/ssh.service (deleted)", .unit = "ssh.service",
	  .slice = "system.slice" },
	{ .path = "/../../system.slice/ssh.service", .unit = "ssh.service",
	  .slice = "system.slice" },
	{ .path = "/.." },
	{ .path = "/system.slice/../ssh.service", .slice = "system.slice" },
	{ .path = "/system.slice/ssh.service/../../user.slice", .unit = "ssh.service",
	  .slice = "system.slice" },
	{ .path = "" },
	{ .path = "/system.slice/\377\001\n.service", .slice = "system.slice" },
	{ .path = "/user.slice", .slice = "user.slice" },
	{ .path = "/user.slice/user-1000.slice", .slice = "user-1000.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-0.slice/session-1.scope", .unit = "session-1.scope",
	  .slice = "user-0.slice", .user_slice = "-.slice", .has_owner = true, .owner = 0 },
	{ .path = "/user.slice/user-1000.slice/session-c2.scope", .unit = "session-c2.scope",
	  .slice = "user-1000.slice", .user_slice = "-.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/session-3.scope/job.service",
	  .unit = "session-3.scope", .slice = "user-1000.slice", .user_unit = "job.service",
	  .user_slice = "-.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/session-.scope", .unit = "session-.scope",
	  .slice = "user-1000.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/session-a_b.scope/x.service",
	  .unit = "session-a_b.scope", .slice = "user-1000.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service", .unit = "user@1000.service",
	  .slice = "user-1000.slice", .user_slice = "-.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/init.scope",
	  .unit = "user@1000.service", .slice = "user-1000.slice", .user_unit = "init.scope",
	  .user_slice = "-.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/session.slice/"
		  "dbus-broker.service", .unit = "user@1000.service",
	  .slice = "user-1000.slice", .user_unit = "dbus-broker.service",
	  .user_slice = "session.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-gnome-firefox-4242.scope", .unit = "user@1000.service",
	  .slice = "user-1000.slice", .user_unit = "app-gnome-firefox-4242.scope",
	  .user_slice = "app.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-org.gnome.Terminal.slice/vte-spawn-8a.scope",
	  .unit = "user@1000.service", .slice = "user-1000.slice",
	  .user_unit = "vte-spawn-8a.scope", .user_slice = "app-org.gnome.Terminal.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "app-dbus\\x2d:1.2\\x2dorg.a.slice/dbus-:1.2-org.a@0.service",
	  .unit = "user@1000.service", .slice = "user-1000.slice",
	  .user_unit = "dbus-:1.2-org.a@0.service",
	  .user_slice = "app-dbus\\x2d:1.2\\x2dorg.a.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/background.slice/"
		  "backup.service/x", .unit = "user@1000.service", .slice = "user-1000.slice",
	  .user_unit = "backup.service", .user_slice = "background.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/gsd.service",
	  .unit = "user@1000.service", .slice = "user-1000.slice", .user_unit = "gsd.service",
	  .user_slice = "-.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@.service/a.service",
	  .slice = "user-1000.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-1000.slice/user@x.service/a.service",
	  .unit = "user@x.service", .slice = "user-1000.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/user.slice/user-65535.slice/a.scope", .unit = "a.scope",
	  .slice = "user-65535.slice" },
	{ .path = "/user.slice/user-4294967295.slice/a.scope", .unit = "a.scope",
	  .slice = "user-4294967295.slice" },
	{ .path = "/user.slice/user-x.slice/a.scope", .unit = "a.scope",
	  .slice = "user-x.slice" },
	{ .path = "/user.slice/user-1000.slice/user-runtime-dir@1000.service",
	  .unit = "user-runtime-dir@1000.service", .slice = "user-1000.slice",
	  .has_owner = true, .owner = 1000 },
	{ .path = "/system.slice/docker-" ID_A ".scope", .unit = "docker-" ID_A ".scope",
	  .slice = "system.slice", .engine = CGROUP_ENGINE_DOCKER, .container = ID_A },
	{ .path = "/system.slice/docker-" ID_A ".scope/init", .unit = "docker-" ID_A ".scope",
	  .slice = "system.slice", .engine = CGROUP_ENGINE_DOCKER, .container = ID_A },
	{ .path = "/docker/" ID_A, .engine = CGROUP_ENGINE_DOCKER, .container = ID_A },
	{ .path = "/docker/" ID_A "/docker/" ID_B, .engine = CGROUP_ENGINE_DOCKER,
	  .container = ID_B },
	{ .path = "/ecs/0a1b2c/" ID_A, .engine = CGROUP_ENGINE_DOCKER, .container = ID_A },
	{ .path = "/jobs.slice/docker-" ID_A ".scope", .unit = "docker-" ID_A ".scope",
	  .slice = "jobs.slice", .engine = CGROUP_ENGINE_DOCKER, .container = ID_A },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/app.slice/"
		  "docker-" ID_A ".scope", .unit = "user@1000.service",
	  .slice = "user-1000.slice", .user_unit = "docker-" ID_A ".scope",
	  .user_slice = "app.slice", .has_owner = true, .owner = 1000,
	  .engine = CGROUP_ENGINE_DOCKER, .container = ID_A },
	{ .path = "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde" },
	{ .path = "/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" },
	{ .path = "/system.slice/docker-0123456789ab.scope",
	  .unit = "docker-0123456789ab.scope", .slice = "system.slice" },
	{ .path = "/system.slice/docker.service", .unit = "docker.service",
	  .slice = "system.slice" },
	{ .path = "/machine.slice/libpod-" ID_A ".scope/container",
	  .unit = "libpod-" ID_A ".scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_PODMAN, .container = ID_A },
	{ .path = "/machine.slice/libpod-conmon-" ID_A ".scope",
	  .unit = "libpod-conmon-" ID_A ".scope", .slice = "machine.slice" },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/user.slice/"
		  "libpod-" ID_A ".scope/container", .unit = "user@1000.service",
	  .slice = "user-1000.slice", .user_unit = "libpod-" ID_A ".scope",
	  .user_slice = "user.slice", .has_owner = true, .owner = 1000,
	  .engine = CGROUP_ENGINE_PODMAN, .container = ID_A },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/user.slice/"
		  "libpod-conmon-" ID_A ".scope", .unit = "user@1000.service",
	  .slice = "user-1000.slice", .user_unit = "libpod-conmon-" ID_A ".scope",
	  .user_slice = "user.slice", .has_owner = true, .owner = 1000 },
	{ .path = "/machine.slice/machine-libpod_pod_" ID_D ".slice/libpod-" ID_A ".scope/"
		  "container", .unit = "libpod-" ID_A ".scope",
	  .slice = "machine-libpod_pod_" ID_D ".slice", .engine = CGROUP_ENGINE_PODMAN,
	  .container = ID_A, .pod = ID_D },
	{ .path = "/user.slice/user-1000.slice/user@1000.service/user.slice/"
		  "user-libpod_pod_" ID_D ".slice/libpod-" ID_A ".scope",
	  .unit = "user@1000.service", .slice = "user-1000.slice",
	  .user_unit = "libpod-" ID_A ".scope", .user_slice = "user-libpod_pod_" ID_D ".slice",
	  .has_owner = true, .owner = 1000, .engine = CGROUP_ENGINE_PODMAN, .container = ID_A,
	  .pod = ID_D },
	{ .path = "/libpod_parent/libpod-" ID_A, .engine = CGROUP_ENGINE_PODMAN,
	  .container = ID_A },
	{ .path = "/libpod_parent/conmon" },
	{ .path = "/system.slice/web.service/libpod-payload-" ID_A, .unit = "web.service",
	  .slice = "system.slice", .engine = CGROUP_ENGINE_PODMAN, .container = ID_A },
	{ .path = "/system.slice/web.service/runtime", .unit = "web.service",
	  .slice = "system.slice" },
	{ .path = "/kubepods.slice/kubepods-burstable.slice/"
		  "kubepods-burstable-pod" POD_SLICE ".slice/cri-containerd-" ID_A ".scope",
	  .unit = "cri-containerd-" ID_A ".scope",
	  .slice = "kubepods-burstable-pod" POD_SLICE ".slice",
	  .engine = CGROUP_ENGINE_CONTAINERD, .container = ID_A, .pod = POD },
	{ .path = "/kubepods.slice/kubepods-pod" POD_SLICE ".slice/crio-" ID_A ".scope/"
		  "container", .unit = "crio-" ID_A ".scope",
	  .slice = "kubepods-pod" POD_SLICE ".slice", .engine = CGROUP_ENGINE_CRIO,
	  .container = ID_A, .pod = POD },
	{ .path = "/kubepods.slice/kubepods-pod" POD_SLICE ".slice/crio-conmon-" ID_A ".scope",
	  .unit = "crio-conmon-" ID_A ".scope", .slice = "kubepods-pod" POD_SLICE ".slice",
	  .pod = POD },
	{ .path = "/kubepods.slice/kubepods-besteffort.slice/"
		  "kubepods-besteffort-pod" POD_HASH ".slice/docker-" ID_A ".scope",
	  .unit = "docker-" ID_A ".scope",
	  .slice = "kubepods-besteffort-pod" POD_HASH ".slice", .engine = CGROUP_ENGINE_DOCKER,
	  .container = ID_A, .pod = POD_HASH },
	{ .path = "/kubepods/burstable/pod" POD "/" ID_A, .engine = CGROUP_ENGINE_KUBERNETES,
	  .container = ID_A, .pod = POD },
	{ .path = "/kubepods/pod" POD_HASH "/" ID_A, .engine = CGROUP_ENGINE_KUBERNETES,
	  .container = ID_A, .pod = POD_HASH },
	{ .path = "/kubepods/besteffort/pod" POD "/crio-" ID_A, .engine = CGROUP_ENGINE_CRIO,
	  .container = ID_A, .pod = POD },
	{ .path = "/kubepods/besteffort/pod" POD, .pod = POD },
	{ .path = "/system.slice/containerd.service/"
		  "kubepods-burstable-pod" POD_SLICE ".slice:cri-containerd:" ID_A,
	  .unit = "containerd.service", .slice = "system.slice",
	  .engine = CGROUP_ENGINE_CONTAINERD, .container = ID_A, .pod = POD },
	{ .path = "/kubepods-burstable-pod" POD_SLICE ".slice:cri-containerd:" ID_A,
	  .engine = CGROUP_ENGINE_CONTAINERD, .container = ID_A, .pod = POD },
	{ .path = "/docker/" ID_D "/kubelet.slice/kubelet-kubepods.slice/"
		  "kubelet-kubepods-pod" POD_SLICE ".slice/cri-containerd-" ID_A ".scope",
	  .engine = CGROUP_ENGINE_CONTAINERD, .container = ID_A, .pod = POD },
	{ .path = "/k8s.slice/podinfo.service", .unit = "podinfo.service",
	  .slice = "k8s.slice" },
	{ .path = "/default/" ID_A, .engine = CGROUP_ENGINE_CONTAINERD, .container = ID_A },
	{ .path = "/system.slice/nerdctl-" ID_A ".scope", .unit = "nerdctl-" ID_A ".scope",
	  .slice = "system.slice", .engine = CGROUP_ENGINE_CONTAINERD, .container = ID_A },
	{ .path = "/system.slice/containerd.service", .unit = "containerd.service",
	  .slice = "system.slice" },
	{ .path = "/lxc/web1", .engine = CGROUP_ENGINE_LXC, .container = "web1" },
	{ .path = "/lxc/100/ns/system.slice/ssh.service", .engine = CGROUP_ENGINE_LXC,
	  .container = "100" },
	{ .path = "/lxc.payload/c1/init.scope", .engine = CGROUP_ENGINE_LXC, .container = "c1" },
	{ .path = "/lxc.payload.c1/system.slice/nginx.service", .engine = CGROUP_ENGINE_LXC,
	  .container = "c1" },
	{ .path = "/lxc.payload.u1_c-2.x", .engine = CGROUP_ENGINE_LXC,
	  .container = "u1_c-2.x" },
	{ .path = "/lxc.monitor.c1" },
	{ .path = "/lxc.monitor/c1" },
	{ .path = "/lxc.payload." },
	{ .path = "/lxc" },
	{ .path = "/lxc.payload.c1/docker/" ID_A, .engine = CGROUP_ENGINE_DOCKER,
	  .container = ID_A },
	{ .path = "/system.slice/lxc.service", .unit = "lxc.service", .slice = "system.slice" },
	{ .path = "/machine.slice/machine-debian.scope/payload/system.slice/nginx.service",
	  .unit = "machine-debian.scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_NSPAWN, .container = "debian", .machine = "debian" },
	{ .path = "/machine.slice/machine-my\\x2dbox.scope/supervisor",
	  .unit = "machine-my\\x2dbox.scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_NSPAWN, .container = "my-box", .machine = "my-box" },
	{ .path = "/machine.slice/systemd-nspawn@web\\x2d1.service/payload",
	  .unit = "systemd-nspawn@web\\x2d1.service", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_NSPAWN, .container = "web-1", .machine = "web-1" },
	{ .path = "/machine.slice/systemd-nspawn@web-1.service/payload/init.scope",
	  .unit = "systemd-nspawn@web-1.service", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_NSPAWN, .container = "web-1", .machine = "web-1" },
	{ .path = "/machine.slice/machine-a.scope/payload/machine.slice/machine-b.scope",
	  .unit = "machine-a.scope", .slice = "machine.slice", .engine = CGROUP_ENGINE_NSPAWN,
	  .container = "b", .machine = "a" },
	{ .path = "/machine.slice/machine-a.scope/payload/system.slice/docker-" ID_A ".scope",
	  .unit = "machine-a.scope", .slice = "machine.slice", .engine = CGROUP_ENGINE_DOCKER,
	  .container = ID_A, .machine = "a" },
	{ .path = "/machine.slice/machine-qemu\\x2d3\\x2ddebian\\x2d12.scope/libvirt/vcpu0",
	  .unit = "machine-qemu\\x2d3\\x2ddebian\\x2d12.scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_LIBVIRT, .container = "debian-12",
	  .machine = "qemu-3-debian-12" },
	{ .path = "/machine.slice/machine-lxc\\x2d1234\\x2dbox.scope",
	  .unit = "machine-lxc\\x2d1234\\x2dbox.scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_LIBVIRT, .container = "box", .machine = "lxc-1234-box" },
	{ .path = "/machine/qemu-1-win.libvirt-qemu/emulator", .engine = CGROUP_ENGINE_LIBVIRT,
	  .container = "win", .machine = "qemu-1-win" },
	{ .path = "/machine/box.libvirt-lxc", .engine = CGROUP_ENGINE_LIBVIRT,
	  .container = "box", .machine = "box" },
	{ .path = "/machine.slice/machine-qemu.scope", .unit = "machine-qemu.scope",
	  .slice = "machine.slice", .engine = CGROUP_ENGINE_NSPAWN, .container = "qemu",
	  .machine = "qemu" },
	{ .path = "/machine.slice/machine-qemu\\x2dx.scope",
	  .unit = "machine-qemu\\x2dx.scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_NSPAWN, .container = "qemu-x", .machine = "qemu-x" },
	{ .path = "/machine.slice/machine-a\\x00b\\xzz\\x2.scope",
	  .unit = "machine-a\\x00b\\xzz\\x2.scope", .slice = "machine.slice",
	  .engine = CGROUP_ENGINE_NSPAWN, .container = "a\\x00b\\xzz\\x2",
	  .machine = "a\\x00b\\xzz\\x2" },
	{ .path = "/machine.slice/machine-.scope", .unit = "machine-.scope",
	  .slice = "machine.slice" },
	{ .path = "/machine.slice/virtqemud.service", .unit = "virtqemud.service",
	  .slice = "machine.slice" },
};

static void check_text(const char *path, const char *found, const char *expected)
{
	ck_assert_msg(!strcmp(found, expected ? expected : ""), "%s: \"%s\", not \"%s\"", path,
		      found, expected ? expected : "");
}

START_TEST(paths_tell_names)
{
	struct cgroup_name name;

	memset(&name, 0xff, sizeof(name));
	cgroup_name_parse(paths[_i].path, &name);
	check_text(paths[_i].path, name.unit, paths[_i].unit);
	check_text(paths[_i].path, name.slice,
		   paths[_i].slice ? paths[_i].slice : CGROUP_NAME_ROOT_SLICE);
	check_text(paths[_i].path, name.user_unit, paths[_i].user_unit);
	check_text(paths[_i].path, name.user_slice, paths[_i].user_slice);
	ck_assert_int_eq(name.has_owner, paths[_i].has_owner);
	ck_assert(!name.has_owner || name.owner == paths[_i].owner);
	ck_assert_int_eq(name.engine, paths[_i].engine);
	check_text(paths[_i].path, name.container, paths[_i].container);
	check_text(paths[_i].path, name.pod, paths[_i].pod);
	check_text(paths[_i].path, name.machine, paths[_i].machine);
}
END_TEST

/* A name that no directory can have, then one that just can. */
START_TEST(long_parts)
{
	static const char suffix[] = ".service";
	struct cgroup_name name;
	char path[600] = "/";
	size_t length;

	for (length = 255; length <= 256; length++) {
		memset(path + 1, 'a', length);
		strcpy(path + 1 + length - strlen(suffix), suffix);
		cgroup_name_parse(path, &name);
		ck_assert_uint_eq(strlen(name.unit), length == 255 ? 255 : 0);
	}
	memset(path + 1, 'a', 500);
	memcpy(path + 1, "lxc.payload.", strlen("lxc.payload."));
	strcpy(path + 501, "/x");
	cgroup_name_parse(path, &name);
	ck_assert_str_eq(name.container, "");
}
END_TEST

START_TEST(long_paths)
{
	struct cgroup_name name;
	char *path = malloc(1 << 20);
	size_t used = 0;

	ck_assert_ptr_nonnull(path);
	while (used < (1 << 20) - 16)
		used += (size_t)sprintf(path + used, used % 14 ? "/a.slice" : "/b.slice");
	strcpy(path + used, "/c.service");
	cgroup_name_parse(path, &name);
	ck_assert_str_eq(name.unit, "c.service");
	memset(path, '/', used);
	cgroup_name_parse(path, &name);
	ck_assert_str_eq(name.unit, "c.service");
	free(path);
}
END_TEST

/* Bytes of all kinds, put together from what the parser looks for. */
START_TEST(random_paths)
{
	static const char *const pieces[] = {
		"/", "..", ".slice", ".service", ".scope", "@", "\\x2d", "\\x", "_", "-",
		":", "docker", "lxc", "lxc.payload.", "machine-", "user@1000", "session-1",
		"pod", POD, POD_SLICE, ID_A, "qemu-1-", " (deleted)", "\xff", "\n", "a",
		".libvirt-qemu", "cri-containerd", "libpod", "user-1.slice", "kubepods",
	};
	const size_t count = sizeof(pieces) / sizeof(pieces[0]);
	struct cgroup_name name;
	char *path, text[2048];
	unsigned int i, parts;

	srandom(1);
	for (i = 0; i < 50000; i++) {
		text[0] = '\0';
		for (parts = (unsigned int)random() % 20; parts; parts--)
			strcat(text, pieces[(size_t)random() % count]);
		/* Of its own size, so that a sanitizer sees what is read behind it. */
		path = strdup(text);
		ck_assert_ptr_nonnull(path);
		cgroup_name_parse(path, &name);
		ck_assert(!strchr(name.unit, '/') && !strchr(name.slice, '/'));
		ck_assert(!!name.container[0] == (name.engine != CGROUP_ENGINE_NONE));
		ck_assert(name.slice[0]);
		free(path);
	}
}
END_TEST

START_TEST(engines_have_names)
{
	enum cgroup_engine engine;

	ck_assert_str_eq(cgroup_engine_name(CGROUP_ENGINE_NONE), "");
	for (engine = CGROUP_ENGINE_DOCKER; engine <= CGROUP_ENGINE_LIBVIRT; engine++)
		ck_assert_uint_gt(strlen(cgroup_engine_name(engine)), 2);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cgroup-name");
	TCase *tcase = tcase_create("cgroup-name");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, paths_tell_names, 0, sizeof(paths) / sizeof(paths[0]));
	tcase_add_test(tcase, long_parts);
	tcase_add_test(tcase, long_paths);
	tcase_add_test(tcase, random_paths);
	tcase_add_test(tcase, engines_have_names);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
