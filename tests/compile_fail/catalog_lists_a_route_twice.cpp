// expect: intheloop: a catalog lists the same verb and route twice
// expect-error-first
#include <intheloop/endpoint/catalog.hpp>

#include <string>

namespace loop = intheloop;

inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, std::string> a{};
inline constexpr loop::endpoint<loop::verb::post, "/things", loop::no_parameters, std::string> b{};
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters, bool> c{};

#ifdef CONTROL
inline constexpr loop::catalog<a, b> all{};
static_assert(all.size() == 2);
#else
inline constexpr loop::catalog<a, b, c> all{};
static_assert(all.size() == 3);
#endif
