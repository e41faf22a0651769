// expect: intheloop: the name of this member can't be the name of a part
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

template <loop::fixed_string Name>
class change_request {
public:
    change_request() {}
    std::string name;
    using members = loop::members<loop::renamed<&change_request::name, Name>>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request<"a b\"c">, std::string,
                                loop::multipart<>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::post, "/things", change_request<"a\r\nb">, std::string,
                                loop::multipart<>>
    things{};
#endif
