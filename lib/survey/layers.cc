// SPDX-License-Identifier: MIT
// Read-only trees that lack mount points: a private layer provides them, and nothing is written to the host.
#include "base/text.h"
#include "host/mountinfo.h"
#include "survey/survey.h"
#include "survey/tree.h"
#include "sys/file.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace ctr::survey {

namespace {

constexpr unsigned overlay_magic = 0x794c7630;

std::string host_path(host::RootFacts const& root, std::string const& inside)
{
    if (root.path == "/")
        return inside;
    return inside == "/" ? root.path : concat(root.path, inside);
}

bool has_overlay()
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, "/proc/filesystems", O_RDONLY);
    return file && sys::read_all(file.value.get(), 1U << 16).value.find("\toverlay\n") != std::string::npos;
}

// An overlay cannot hide mounts below it from a less privileged namespace, cannot take the host's own root, and
// cannot stand on more than one other overlay.
bool takes_overlay(std::string const& path, std::vector<std::string> const& points)
{
    struct statfs status = {};
    if (path == "/" || ::statfs(path.c_str(), &status) != 0 || static_cast<unsigned>(status.f_type) == overlay_magic)
        return false;
    return std::none_of(points.begin(), points.end(),
                        [&](std::string const& point) { return point != path && starts_with_path(point, path); });
}

Result<std::vector<host::Entry>> entries_of(std::string const& path)
{
    std::unique_ptr<DIR, int (*)(DIR*)> const directory(::opendir(path.c_str()), ::closedir);
    if (!directory)
        return Error{.code = code_of(errno),
                     .step = Step::mount,
                     .sys = errno,
                     .subject = path,
                     .message = "a directory that lacks a mount point cannot be listed"};
    std::vector<host::Entry> entries;
    while (dirent const* entry = ::readdir(directory.get())) {
        std::string const name = entry->d_name;
        struct stat status = {};
        if (name == "." || name == ".." ||
            ::fstatat(::dirfd(directory.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        host::Entry found{name, status.st_mode & S_IFMT, ""};
        if (S_ISLNK(status.st_mode))
            found.link = sys::read_link(::dirfd(directory.get()), name.c_str()).value;
        entries.push_back(std::move(found));
    }
    std::sort(entries.begin(), entries.end(),
              [](host::Entry const& a, host::Entry const& b) { return a.name < b.name; });
    return entries;
}

uint32_t addition_type(spec::Mount const& mount, host::SourceFacts const& source)
{
    using spec::MountType;
    if (mount.type == MountType::symlink)
        return S_IFLNK;
    bool const file = mount.type == MountType::file || mount.type == MountType::device ||
                      (mount.type == MountType::bind && source.type != S_IFDIR);
    return file ? S_IFREG : S_IFDIR;
}

void add_additions(host::LayerFacts& layer, spec::Mount const& mount, host::TargetFacts const& target,
                   host::SourceFacts const& source)
{
    std::string path =
        target.parent == layer.path ? "" : target.parent.substr(layer.path == "/" ? 1 : layer.path.size() + 1);
    for (size_t k = 0; k < target.missing.size(); k++) {
        path = path.empty() ? target.missing[k] : concat(path, "/", target.missing[k]);
        bool const last = k + 1 == target.missing.size();
        host::Addition addition{path, last ? addition_type(mount, source) : uint32_t{S_IFDIR}, 0755, ""};
        if (last && mount.type == spec::MountType::directory)
            addition.mode = mount.mode;
        if (last && mount.type == spec::MountType::symlink)
            addition.link = mount.source;
        layer.additions.push_back(std::move(addition));
    }
}

// Directories between the layer and a deeper one that it took over exist below; the layer's copy must hold them too.
void add_parents(host::LayerFacts& layer)
{
    std::vector<host::Addition> all;
    auto const known = [&](std::string const& path) {
        return std::any_of(all.begin(), all.end(), [&](host::Addition const& a) { return a.path == path; });
    };
    for (host::Addition& addition : layer.additions) {
        for (size_t slash = addition.path.find('/'); slash != std::string::npos;
             slash = addition.path.find('/', slash + 1))
            if (std::string const parent = addition.path.substr(0, slash); !known(parent))
                all.push_back({parent, S_IFDIR, 0755, ""});
        if (!known(addition.path))
            all.push_back(std::move(addition));
    }
    layer.additions = std::move(all);
}

host::LayerFacts* overlay_above(std::vector<host::LayerFacts>& layers, std::string const& path)
{
    for (host::LayerFacts& layer : layers)
        if (layer.path == path || (layer.overlay && starts_with_path(path, layer.path)))
            return &layer;
    return nullptr;
}

Result<host::LayerFacts> new_layer(host::RootFacts const& root, std::string const& inside,
                                   std::vector<std::string> const& points, bool overlay)
{
    host::LayerFacts layer;
    std::string const path = host_path(root, inside);
    layer.path = inside;
    struct stat status = {};
    if (::stat(path.c_str(), &status) == 0)
        layer.mode = status.st_mode & 07777;
    layer.overlay = overlay && takes_overlay(path, points);
    if (!layer.overlay)
        layer.entries = CTR_TRY(entries_of(path));
    return layer;
}

} // namespace

Status survey_layers(spec::Mounts const& mounts, host::RootFacts& root)
{
    std::vector<size_t> layered;
    for (size_t const i : root.order)
        if (root.targets[i].layered && !root.targets[i].left_out)
            layered.push_back(i);
    if (layered.empty())
        return Unit{};
    std::stable_sort(layered.begin(), layered.end(),
                     [&](size_t a, size_t b) { return root.targets[a].parent < root.targets[b].parent; });
    std::vector<std::string> const points = host::mount_points();
    bool const overlay = has_overlay();
    for (size_t const i : layered) {
        host::TargetFacts const& target = root.targets[i];
        host::LayerFacts* layer = overlay_above(root.layers, target.parent);
        if (layer == nullptr) {
            root.layers.push_back(CTR_TRY(new_layer(root, target.parent, points, overlay)));
            layer = &root.layers.back();
        }
        add_additions(*layer, mounts.list[i], target, root.sources[i]);
    }
    for (host::LayerFacts& layer : root.layers)
        add_parents(layer);
    root.rebuilt = root.layers[0].path == "/";
    return Unit{};
}

} // namespace ctr::survey
