// expect: export_request
// expect-error-first
#include <intheloop/api/report.hpp>

namespace loop = intheloop;

void make() {
#ifdef CONTROL
    [[maybe_unused]] loop::report::export_request week{{}, {}};
#else
    [[maybe_unused]] loop::report::export_request week;
#endif
}
