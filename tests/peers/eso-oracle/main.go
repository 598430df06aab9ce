// Program eso-oracle renders templates with the engine of External Secrets Operator itself.
//
// It reads one JSON request a line from standard input and answers each with one line of JSON. It
// reaches no cluster. What the API server would have filled in, because the custom resource
// definitions name defaults, is filled in here.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"sort"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	"github.com/external-secrets/external-secrets/pkg/controllers/templating"
	"github.com/external-secrets/external-secrets/pkg/esutils"
	"github.com/external-secrets/external-secrets/pkg/template"
	engine "github.com/external-secrets/external-secrets/pkg/template/v2"
)

// request asks for one thing; which one is told by the field that is set.
type request struct {
	// Values is the source data, what templates see as `.`; base64 in JSON. Where none are given,
	// those of the request before stay.
	Values map[string][]byte `json:"values"`

	// Functions asks for the names and types of all functions.
	Functions bool `json:"functions"`

	// Material asks for fresh keys, certificates and archives to render with.
	Material bool `json:"material"`

	// Texts are templates by key, each rendered with Scope for Target.
	Texts  map[string]string   `json:"texts"`
	Scope  esv1.TemplateScope  `json:"scope"`
	Target esv1.TemplateTarget `json:"target"`

	// Template is the template of an ExternalSecret, applied to Existing.
	Template   *esv1.ExternalSecretTemplate      `json:"template"`
	Policy     esv1.ExternalSecretCreationPolicy `json:"creationPolicy"`
	Existing   map[string][]byte                 `json:"existing"`
	ConfigMaps map[string]map[string]string      `json:"configMaps"`
	Secrets    map[string]map[string][]byte      `json:"secrets"`

	// Keys turns what a store gave into source data.
	Keys *keys `json:"keys"`
}

type keys struct {
	Rewrite    []esv1.ExternalSecretRewrite          `json:"rewrite"`
	Conversion esv1.ExternalSecretConversionStrategy `json:"conversionStrategy"`
	Decoding   esv1.ExternalSecretDecodingStrategy   `json:"decodingStrategy"`
}

type answer struct {
	OK          bool              `json:"ok"`
	Error       string            `json:"error,omitempty"`
	Data        map[string][]byte `json:"data,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Type        string            `json:"type,omitempty"`
	Functions   []function        `json:"functions,omitempty"`
}

type function struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	answers := json.NewEncoder(output)
	var values map[string][]byte
	for {
		line, err := input.ReadBytes('\n')
		if err != nil {
			break
		}
		if err := answers.Encode(answerLine(line, &values)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		// Requests may come in a batch; whoever waits for an answer has sent all of it.
		if input.Buffered() == 0 {
			output.Flush()
		}
	}
	output.Flush()
}

func answerLine(line []byte, values *map[string][]byte) *answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return &answer{Error: "not a request: " + err.Error()}
	}
	if asked.Values == nil {
		asked.Values = *values
	}
	*values = asked.Values
	return reply(&asked)
}

func reply(asked *request) *answer {
	secret := &corev1.Secret{}
	var err error
	switch {
	case asked.Functions:
		return &answer{OK: true, Functions: functions()}
	case asked.Material:
		secret.Data, err = material()
	case asked.Template != nil:
		err = apply(asked, secret)
	case asked.Keys != nil:
		secret.Data, err = convert(asked)
	default:
		err = render(asked, secret)
	}
	if err != nil {
		return &answer{Error: err.Error()}
	}
	return &answer{
		OK: true, Data: secret.Data, Labels: secret.Labels, Annotations: secret.Annotations,
		Type: string(secret.Type),
	}
}

func functions() []function {
	var all []function
	for name, body := range engine.FuncMap() {
		all = append(all, function{Name: name, Type: reflect.TypeOf(body).String()})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

func render(asked *request, secret *corev1.Secret) error {
	texts := make(map[string][]byte, len(asked.Texts))
	for key, text := range asked.Texts {
		texts[key] = []byte(text)
	}
	scope, target := orDefault(asked.Scope, esv1.TemplateScopeValues), orDefault(asked.Target, esv1.TemplateTargetData)
	return engine.Execute(texts, asked.Values, scope, target, secret)
}

// apply does what the reconciler's ApplyTemplate does; that package brings every provider along.
func apply(asked *request, secret *corev1.Secret) error {
	wanted := asked.Template
	defaults(wanted)
	secret.Labels, secret.Annotations = map[string]string{}, map[string]string{}
	esutils.MergeStringMap(secret.Labels, wanted.Metadata.Labels)
	esutils.MergeStringMap(secret.Annotations, wanted.Metadata.Annotations)
	secret.Type = wanted.Type
	secret.Data = map[string][]byte{}
	if asked.Policy == esv1.CreatePolicyMerge {
		maps.Copy(secret.Data, asked.Existing)
	}
	noTemplate := len(wanted.Data) == 0 && len(wanted.TemplateFrom) == 0
	if wanted.MergePolicy == esv1.MergePolicyMerge || noTemplate {
		maps.Copy(secret.Data, asked.Values)
	}
	execute, err := template.EngineForVersion(wanted.EngineVersion)
	if err != nil {
		return err
	}
	parser := templating.Parser{
		Client: objects{asked: asked}, TargetSecret: secret, DataMap: asked.Values, Exec: execute,
	}
	if err := parser.MergeTemplateFrom(context.Background(), "default", wanted); err != nil {
		return err
	}
	if err := parser.MergeMap(wanted.Data, esv1.TemplateTargetData); err != nil {
		return err
	}
	if err := parser.MergeMap(wanted.Metadata.Labels, esv1.TemplateTargetLabels); err != nil {
		return err
	}
	return parser.MergeMap(wanted.Metadata.Annotations, esv1.TemplateTargetAnnotations)
}

func defaults(wanted *esv1.ExternalSecretTemplate) {
	wanted.EngineVersion = orDefault(wanted.EngineVersion, esv1.TemplateEngineV2)
	wanted.MergePolicy = orDefault(wanted.MergePolicy, esv1.MergePolicyReplace)
	for i := range wanted.TemplateFrom {
		from := &wanted.TemplateFrom[i]
		from.Target = orDefault(from.Target, esv1.TemplateTargetData)
		for _, reference := range []*esv1.TemplateRef{from.ConfigMap, from.Secret} {
			if reference == nil {
				continue
			}
			for j := range reference.Items {
				item := &reference.Items[j]
				item.TemplateAs = orDefault(item.TemplateAs, esv1.TemplateScopeValues)
			}
		}
	}
}

func convert(asked *request) (map[string][]byte, error) {
	wanted := asked.Keys
	data, err := esutils.RewriteMap(wanted.Rewrite, asked.Values)
	if err != nil {
		return nil, fmt.Errorf("error applying rewrite to keys: %w", err)
	}
	if len(wanted.Rewrite) == 0 {
		strategy := orDefault(wanted.Conversion, esv1.ExternalSecretConversionDefault)
		if data, err = esutils.ConvertKeys(strategy, data); err != nil {
			return nil, err
		}
	}
	if err := esutils.ValidateKeys(logr.Discard(), data); err != nil {
		return nil, err
	}
	return esutils.DecodeMap(orDefault(wanted.Decoding, esv1.ExternalSecretDecodeNone), data)
}

func orDefault[T ~string](value, otherwise T) T {
	if value == "" {
		return otherwise
	}
	return value
}

// objects is a client that knows the ConfigMaps and Secrets of the request and nothing else.
type objects struct {
	client.Client
	asked *request
}

func (o objects) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch object := object.(type) {
	case *corev1.ConfigMap:
		if data, found := o.asked.ConfigMaps[key.Name]; found {
			object.Data = data
			return nil
		}
		return errors.NewNotFound(schema.GroupResource{Resource: "configmaps"}, key.Name)
	case *corev1.Secret:
		if data, found := o.asked.Secrets[key.Name]; found {
			object.Data = data
			return nil
		}
	}
	return errors.NewNotFound(schema.GroupResource{Resource: "secrets"}, key.Name)
}
