"""Holds what Whetstone made of a model folder (dump.ts) against transformers, and a GGUF file's tensors against gguf-py.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 transformers==5.23.0 gguf==0.19.0
    node scripts/parity/dump.ts FOLDER && venv/bin/python scripts/parity/check.py FOLDER [--gguf FILE] [--record NUMBERS]

With --gguf, the model that transformers computes with is built from the file's own metadata and tensors, not from FOLDER.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
import transformers
from safetensors import safe_open

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=Path)
parser.add_argument("--gguf", type=Path)
parser.add_argument("--record", type=Path, help="write transformers' numbers in short, for a test")
parser.add_argument("--tolerance", type=float, default=1e-4)
args = parser.parse_args()
dump = json.loads(Path(f"{args.folder}.dump.json").read_text())
given = json.loads(Path(__file__).with_name("texts.json").read_text())
failures = []


def report(what, ok, detail=""):
    print(("ok    " if ok else "WRONG ") + what, detail)
    if not ok:
        failures.append(what)


def from_gguf(path):
    """A LlamaForCausalLM of the file, by gguf-py and by hand."""
    from gguf import GGUFReader
    from gguf.quants import dequantize

    reader = GGUFReader(path)
    field = lambda key: reader.fields[key].contents()
    heads, kv = field("llama.attention.head_count"), field("llama.attention.head_count_kv")
    tensors = {t.name: torch.tensor(dequantize(t.data, t.tensor_type)) for t in reader.tensors}

    def halves(w, n):  # llama.cpp has (i, half), Hugging Face (half, i)
        return w.reshape(n, w.shape[0] // n // 2, 2, -1).transpose(1, 2).reshape(w.shape)

    layers = field("llama.block_count")
    state = {"model.embed_tokens.weight": tensors["token_embd.weight"], "model.norm.weight": tensors["output_norm.weight"]}
    state["lm_head.weight"] = tensors.get("output.weight", tensors["token_embd.weight"])
    parts = dict(attn_v="self_attn.v_proj", attn_output="self_attn.o_proj", ffn_gate="mlp.gate_proj", ffn_up="mlp.up_proj")
    parts |= dict(ffn_down="mlp.down_proj", attn_norm="input_layernorm", ffn_norm="post_attention_layernorm")
    for i in range(layers):
        for theirs, ours in parts.items():
            state[f"model.layers.{i}.{ours}.weight"] = tensors[f"blk.{i}.{theirs}.weight"]
        state[f"model.layers.{i}.self_attn.q_proj.weight"] = halves(tensors[f"blk.{i}.attn_q.weight"], heads)
        state[f"model.layers.{i}.self_attn.k_proj.weight"] = halves(tensors[f"blk.{i}.attn_k.weight"], kv)
    config = transformers.LlamaConfig(
        vocab_size=tensors["token_embd.weight"].shape[0],
        hidden_size=field("llama.embedding_length"),
        intermediate_size=field("llama.feed_forward_length"),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv,
        max_position_embeddings=field("llama.context_length"),
        rms_norm_eps=field("llama.attention.layer_norm_rms_epsilon"),
        rope_parameters=dict(rope_type="default", rope_theta=field("llama.rope.freq_base")),
        tie_word_embeddings="output.weight" not in tensors,
    )
    model = transformers.LlamaForCausalLM(config)
    model.load_state_dict(state)
    worst, exact = 0.0, 0
    with safe_open(args.folder / "model.safetensors", "pt") as file:
        for name in file.keys():
            difference = (file.get_tensor(name).float() - state[name]).abs().max().item()
            worst, exact = max(worst, difference), exact + (difference == 0)
        report("tensors are gguf-py's", worst == 0, f"{exact} of {len(file.keys())} equal bit for bit, largest difference {worst}")
    return model


adapter = args.folder / "adapter_config.json"
folder = Path(json.loads(adapter.read_text())["base_model_name_or_path"]) if adapter.exists() else args.folder
(name,) = json.loads((folder / "config.json").read_text())["architectures"]
if adapter.exists():
    task = json.loads(adapter.read_text())["task_type"]
    tail = dict(CAUSAL_LM="ForCausalLM", SEQ_CLS="ForSequenceClassification", TOKEN_CLS="ForTokenClassification")[task]
    name = name.replace("LMHeadModel", tail).replace("ForCausalLM", tail) if task != "CAUSAL_LM" else name
if args.gguf:
    model = from_gguf(args.gguf)
else:
    labels = {} if "LM" in name else dict(num_labels=1)
    model, info = getattr(transformers, name).from_pretrained(folder, output_loading_info=True, dtype=torch.float32, **({} if not adapter.exists() else labels))
    problems = {key: value for key, value in info.items() if value}
    if not adapter.exists():
        report(f"transformers loads it as {name}", not problems, str(problems or ""))
if adapter.exists():
    import warnings

    from peft import PeftModel

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(model, args.folder)
    missing = [str(warning.message) for warning in said if "missing" in str(warning.message).lower()]
    report(f"PEFT loads the adapter beside {name}", not missing, str(missing or ""))
    model = model.merge_and_unload()
model.eval()

# AutoTokenizer may build the class of config.json's model_type instead of what tokenizer.json says.
tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(args.folder)
for text, tokens, decoded in zip(given["texts"], dump["tokens"], dump["decoded"]):
    theirs = tokenizer(text, add_special_tokens=False)["input_ids"]
    back = tokenizer.decode(theirs, clean_up_tokenization_spaces=False)
    report(f"tokens of {text[:24]!r}", tokens == theirs and decoded == back, "" if tokens == theirs else f"{tokens} {theirs}")
if tokenizer.chat_template:
    for messages, chat in zip(given["conversations"], dump["chats"]):
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        report("conversation", chat["text"] == text and chat["tokens"] == tokens, repr(text)[-60:])

with torch.no_grad():
    for tokens, values in zip(dump["prompts"], dump["outputs"]):
        row = torch.tensor([tokens])
        if "SequenceClassification" in name:
            hidden = model.base_model(row).last_hidden_state
            logits = model.score(hidden)[0]
            last = model(row, attention_mask=torch.ones_like(row)).logits[0]
            report("the class itself scores the last token", torch.allclose(last, logits[-1], atol=1e-5))
        else:
            logits = model(row).logits[0]
        ours = torch.tensor(values).reshape(logits.shape)
        relative = ((ours - logits).abs().max() / logits.abs().max()).item()
        report(f"{tuple(logits.shape)} outputs", relative <= args.tolerance, f"largest relative difference {relative:.2e}")
    for tokens, continuation in zip(dump["prompts"], dump["greedy"]):
        logits = model(torch.tensor([tokens + continuation])).logits[0]
        theirs = logits[len(tokens) - 1 : -1].argmax(-1).tolist()
        report("greedy continuation", theirs == continuation, repr(tokenizer.decode(continuation)))
if args.record:
    digest = lambda tensor: hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()
    state = {name: tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    with torch.no_grad():
        rows = [model(torch.tensor([row])).logits[0, -1, :40].tolist() for row in dump["prompts"]]
    args.record.write_text(
        json.dumps(
            dict(
                prompts=dump["prompts"],
                logits=[[float(f"{value:.7g}") for value in row] for row in rows],
                greedy=dump["greedy"],
                sha256={name: digest(state[name]) for name in sorted(state)[:: max(1, len(state) // 6)]},
            )
        )
    )
raise SystemExit(1 if failures else 0)
