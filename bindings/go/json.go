// SPDX-License-Identifier: MIT

package ctr

import "encoding/json"

// marshalPlain writes an error that the library did not make, with the members that it would have.
func marshalPlain(e *Error) ([]byte, error) {
	return json.Marshal(struct {
		Code    Code   `json:"code"`
		Step    string `json:"step"`
		Errno   int    `json:"errno"`
		Subject string `json:"subject"`
		Call    string `json:"call"`
		Index   int    `json:"index"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	}{e.Code, e.Step, int(e.Errno), e.Subject, e.Call, e.Index, e.Message, e.Hint})
}
