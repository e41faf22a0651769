// expect: intheloop: an endpoint is documented, inferred or observed
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string,
                                loop::observed>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string,
                                loop::documented, loop::observed>
    things{};
#endif
