// SPDX-License-Identifier: MIT
#include "spec/spec.h"

namespace ctr::spec {

Result<Spec> validate(config::Config const& config, std::vector<std::string> const& argv)
{
    if (config.first_error)
        return *config.first_error;
    Spec spec;
    spec.process = CTR_TRY(checked_process(config, argv));
    spec.lifetime = CTR_TRY(checked_lifetime(config));
    spec.identity = CTR_TRY(checked_identity(config));
    spec.namespaces = CTR_TRY(checked_namespaces(config));
    spec.mounts = CTR_TRY(checked_mounts(config, spec.namespaces));
    return spec;
}

} // namespace ctr::spec
