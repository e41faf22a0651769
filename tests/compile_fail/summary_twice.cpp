// expect: intheloop: an endpoint has one summary<>
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string,
                                loop::summary<"All things">>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string,
                                loop::summary<"All things">, loop::summary<"Some things">>
    things{};
#endif
