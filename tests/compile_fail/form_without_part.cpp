// expect: intheloop: the form of this multipart<> has no part
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

class find_request {
public:
    find_request() {}
    std::string name;
    using members = loop::members<&find_request::name>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", find_request, std::string,
                                loop::query<&find_request::name>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", find_request, std::string,
                                loop::query<&find_request::name>, loop::multipart<>>
    things{};
#endif
