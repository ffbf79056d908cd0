// The policies' weights, binding 0 of every kernel that evaluates one.
// Per replica: for each layer W [in][out] and b [out], then Wᵀ [out][in] for the backward pass. Every axis is padded to
// whole vec4s with zeros.

@group(0) @binding(0) var<storage, read> weights: array<vec4f>;
