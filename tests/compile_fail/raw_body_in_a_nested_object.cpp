// expect: intheloop: a raw_body is no JSON, and no part of it
// expect: &attachment::content
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>
#include <vector>

namespace loop = intheloop;

class attachment {
public:
    attachment() {}
    std::string name;
#ifdef CONTROL
    std::string content;
#else
    loop::raw_body content;
#endif
    using members = loop::members<&attachment::name, &attachment::content>;
};
class attach_request {
public:
    attach_request() {}
    std::vector<attachment> attachments;
    using members = loop::members<&attach_request::attachments>;
};

inline constexpr loop::endpoint<loop::verb::post, "/attachments", attach_request, std::string>
    attach{};
